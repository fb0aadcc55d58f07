"""A Hub on loopback, for one answer."""

import http.server
import threading
from collections.abc import Callable
from typing import Any

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class StandIn:
    """Remembers the requests: the path and the headers, their names in lower case."""

    def __init__(self, answer: Answer) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                self.server.closing = stand_in.closing  # type: ignore[attr-defined]
                answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def answered(
    status: int, body: bytes = b"[]", content_type: str = "application/json", **headers: str
) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content-Type": content_type} | headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def never(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.server.closing.wait()  # type: ignore[attr-defined]


def breaking_off(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.close_connection = True

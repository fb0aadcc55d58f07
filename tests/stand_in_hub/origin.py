"""One origin of the stand-in: a port, with or without TLS, that records its requests."""

import http.server
import json
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.stand_in_hub.certificates import server_context
from tests.stand_in_hub.faults import HEAD, Faults


@dataclass
class Seen:
    """One request, and what became of it."""

    origin: str
    method: str
    path: str  # with the query
    headers: dict[str, str]  # their names in lower case
    status: int | None = None
    bytes_sent: int = 0  # of the body


class Exchange(http.server.BaseHTTPRequestHandler):
    """A request and the means to answer it."""

    protocol_version = "HTTP/1.1"
    server: "Origin"
    disable_nagle_algorithm = True
    timeout: ClassVar[float] = 60.0

    def setup(self) -> None:
        if self.server.context is not None:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()
        self.server.connections.add(self.request)

    def finish(self) -> None:
        self.server.connections.discard(self.request)
        super().finish()
        if self.server.context is not None:  # its plain socket was given to TLS
            self.request.close()

    def _answer(self) -> None:
        split = urlsplit(self.path)
        self.route = unquote(split.path)
        self.query = parse_qsl(split.query, keep_blank_values=True)
        size = int(self.headers.get("Content-Length") or 0)
        self.sent_body = self.rfile.read(size)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen = Seen(self.server.name, self.command, self.path, headers)
        self.server.record(self.seen)
        faults = self.server.faults.take(self.server.name, self.path, HEAD)
        if not any(self._wrong(kind, fault) for kind, fault in faults.items()):
            self.server.answer(self)

    do_GET = do_HEAD = do_POST = _answer

    def _wrong(self, kind: str, fault: Any) -> bool:
        """Whether that was the answer."""
        if kind == "hang":
            self.server.closing.wait(fault.seconds)
            self.close_connection = True
            return fault.seconds is None
        if kind == "refuse":
            self.reset()
        elif kind == "html":
            self.reply(200, b"<!doctype html><title>Log in</title>", {"Content-Type": "text/html"})
        elif kind == "expired":
            self.expired()
        else:
            self.reply(fault.status, b"", dict(fault.headers))
        return True

    # Answers

    def option(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.query if key == name), default)

    def begin(self, status: int, headers: dict[str, str]) -> None:
        self.seen.status = status
        self.send_response(status)
        for name, value in {**self.server.common(self), **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        told = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
        self.begin(status, told | (headers or {}))
        if self.command != "HEAD":
            self.wfile.write(body)
            self.seen.bytes_sent += len(body)

    def reply_json(self, what: Any, status: int = 200, **headers: str) -> None:
        body = json.dumps(what).encode()
        told = {"Content-Type": "application/json; charset=utf-8", "ETag": f'W/"{len(body):x}"'}
        self.reply(
            status, body, told | {name.replace("_", "-"): it for name, it in headers.items()}
        )

    def expired(self) -> None:
        body = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'
        self.reply(403, body, {"Content-Type": "application/xml"})

    def reset(self) -> None:
        """The connection ends with RST instead of FIN."""
        self.close_connection = True
        self.wfile.flush()
        linger = struct.pack("ii", 1, 0)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        os.close(self.request.detach())

    def log_message(self, *_: Any) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):  # the other side went away, or it was our own reset
            self.close_connection = True


class Origin(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, name: str, answer: Callable[[Exchange], None], faults: Faults, tls: bool
    ) -> None:
        self.name, self.answer, self.faults = name, answer, faults
        self.requests: list[Seen] = []
        self.record = self.requests.append
        self.common: Callable[[Exchange], dict[str, str]] = lambda _: {}
        self.closing = threading.Event()
        self.connections: set[socket.socket] = set()
        self.context: ssl.SSLContext | None = None
        if tls:
            self.context = server_context()
        super().__init__(("127.0.0.1", 0), Exchange)
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def handle_error(self, *_: Any) -> None:
        """A client that went away, a handshake that failed: both happen on purpose here."""

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.server_close()

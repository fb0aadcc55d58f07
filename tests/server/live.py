"""A server in a thread of the test's process, with what tests ask of it."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from tests.talking import command
from yi_local.assistant.loading.open_model import Models
from yi_local.catalogue.read import read_catalogue
from yi_local.hub.library.library import library
from yi_local.hub.stores.folders import Surroundings
from yi_local.planner.plan import Wish
from yi_local.server.connection import Patience
from yi_local.server.guard import Door
from yi_local.server.names import Names, Served
from yi_local.server.serve import Server, listen, url_of
from yi_local.server.serving import Limits, Serving
from yi_local.server.warm.private import Private
from yi_local.settings import Settings
from yi_local.store.conversations import Store

PATIENCE_S = 20.0
QUICK = Patience(header_s=0.4, silence_s=0.4, body_s=1.5, reading_s=0.5, look_s=0.05)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return dict(self.json["error"])


class Live:
    """`flags` are the fake engine's; `first` are the names of models that are served first.

    A `store` is closed with it; without one, conversations are in memory.
    """

    def __init__(
        self,
        folder: Path,
        flags: Sequence[str] = (),
        *,
        first: Sequence[str] = ("tiny",),
        door: Door | None = None,
        limits: Limits | None = None,
        patience: Patience | None = None,
        any_name: bool = False,
        host: str = "127.0.0.1",
        models: Models | None = None,
        wish: Wish | None = None,
        store: Store | None = None,
        settings: Settings | None = None,
        private: Private | None = None,
    ) -> None:
        self.models = models or Models(engine_command=command(*flags))
        surroundings = Surroundings({}, folder / "nobody")
        names = Names(
            [Served(name, folder / f"{name}.gguf") for name in first],
            read_catalogue(),
            look=lambda: library((folder,), surroundings),
            any_name=any_name,
        )
        self.store = store or Store.in_memory()
        self.serving = Serving(
            self.models,
            names,
            self.store,
            door or Door(),
            limits or Limits(),
            wish or Wish(),
            settings=settings or Settings(),
            keeps_history=store is not None,
            private=private,
        )
        listening = listen(host, 0)
        self.port = listening.getsockname()[1]
        self.url = url_of(listening)
        is_ready = threading.Event()
        self.server = Server(self.serving, listening, is_ready.set, patience)
        self._thread = threading.Thread(target=self.server.serve_all)
        self._thread.start()
        assert is_ready.wait(PATIENCE_S)

    def close(self) -> None:
        self.server.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        self.models.close()
        self.store.close()

    # -- asking

    @contextmanager
    def opened(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}
    ) -> Iterator[HTTPResponse]:
        """The response as it comes; leaving this is going away."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **headers}
        try:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            with response:
                yield response
        finally:
            connection.close()

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}
    ) -> Reply:
        with self.opened(method, path, body, headers) as response:
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Reply:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: object, headers: Mapping[str, str] = {}) -> Reply:
        return self.ask("POST", path, body, headers)

    def chat(self, text: str, **fields: object) -> Reply:
        return self.post("/v1/chat/completions", chat_body(text, **fields))

    def said(self, text: str, **fields: object) -> str:
        return str(self.chat(text, **fields).json["choices"][0]["message"]["content"])

    def streamed(self, text: str, **fields: object) -> list[Any]:
        """The events of a stream, "[DONE]" among them."""
        body = chat_body(text, stream=True, **fields)
        with self.opened("POST", "/v1/chat/completions", body) as response:
            return [event for event in events_of(response) if event is not None]

    # -- raw

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def raw(self, data: bytes) -> bytes:
        """All that comes back until the server closes."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_all(connection)

    def is_idle(self) -> bool:
        return self.serving.slots.n_taken == 0 and not self.serving.running


def chat_body(text: str, **fields: object) -> dict[str, object]:
    return {"model": "tiny", "messages": [{"role": "user", "content": text}], **fields}


def events_of(response: HTTPResponse) -> Iterator[Any]:
    """JSON of each event, None for a comment."""
    while line := response.readline():
        if line.startswith(b"data: "):
            data = line.removeprefix(b"data: ").strip()
            yield "[DONE]" if data == b"[DONE]" else json.loads(data)
        elif line.startswith(b":"):
            yield None


def read_all(connection: socket.socket) -> bytes:
    found = b""
    try:
        while data := connection.recv(65536):
            found += data
    except ConnectionResetError:
        pass
    return found


def request_bytes(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """An honest HTTP/1.1 request, unless headers say otherwise; the connection ends with it."""
    given = {
        "Host": "localhost",
        "Connection": "close",
        **({"Content-Type": "application/json", "Content-Length": str(len(body))} if body else {}),
        **(headers or {}),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


def soon(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True

"""Small servers on loopback that speak as llama-server, Ollama, LM Studio and stranger ones do."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_S = 20.0


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


Route = Callable[["Handler", Asked], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "StandIn"  # type: ignore[assignment]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        path = self.path.partition("?")[0]
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, path, headers, body)
        self.server.asked.append(asked)
        route = self.server.routes.get((self.command, path), self.server.otherwise)
        try:
            route(self, asked)
        except OSError:  # who asked has gone
            self.server.gone.set()
        self.close_connection = True

    def send(
        self, status: int, kind: str, data: bytes, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.begin(status, kind, (*headers, ("Content-Length", str(len(data)))))
        self.wfile.write(data)

    def begin(
        self, status: int, kind: str = "text/event-stream", headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()


@dataclass(eq=False)
class StandIn(ThreadingHTTPServer):
    routes: dict[tuple[str, str], Route] = field(default_factory=dict)
    otherwise: Route = lambda handler, asked: reply({"error": "no"}, 404)(handler, asked)
    asked: list[Asked] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    open: threading.Event = field(default_factory=threading.Event)  # lets held answers go on

    daemon_threads = True
    block_on_close = False

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def chats(self) -> list[Any]:
        """The bodies of the chats that were asked for."""
        return [each.body for each in self.asked if each.path.endswith("/chat/completions")]

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def running(server: StandIn) -> Iterator[StandIn]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.open.set()
        server.shutdown()
        thread.join(WAIT_S)
        server.server_close()


# -- what routes answer


def reply(value: Any, status: int = 200, *headers: tuple[str, str]) -> Route:
    data = json.dumps(value).encode()
    return lambda handler, asked: handler.send(status, "application/json", data, headers)


def page(status: int = 200) -> Route:
    data = b"<!doctype html><title>Router</title>"
    return lambda handler, asked: handler.send(status, "text/html; charset=utf-8", data)


def streamed(*events: str, end: str = "\n\n", done: bool = True) -> Route:
    """Events as they are given, each behind "data: "."""
    parts = [f"data: {event}{end}" for event in (*events, *(["[DONE]"] if done else []))]

    def route(handler: Handler, asked: Asked) -> None:
        handler.begin(200)
        handler.wfile.write("".join(parts).encode())

    return route


def held(*events: str) -> Route:
    """The headers and the events, then silence until the other side has gone or the end."""

    def route(handler: Handler, asked: Asked) -> None:
        handler.begin(200)
        for event in events:
            handler.wfile.write(f"data: {event}\n\n".encode())
        handler.wfile.flush()
        _wait_until_gone(handler)

    return route


def silent(handler: Handler, asked: Asked) -> None:
    """Not even headers."""
    _wait_until_gone(handler)


def _wait_until_gone(handler: Handler) -> None:
    handler.connection.settimeout(WAIT_S)
    try:
        if not handler.connection.recv(1):
            handler.server.gone.set()
    except OSError:
        handler.server.gone.set()


def delta(text: str, **fields: Any) -> str:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return json.dumps({"object": "chat.completion.chunk", "choices": [choice], **fields})


def thought(text: str, name: str = "reasoning_content") -> str:
    choice = {"index": 0, "delta": {name: text}, "finish_reason": None}
    return json.dumps({"choices": [choice]})


def finish(reason: str = "stop") -> str:
    return json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


def usage(prompt: int, completion: int, cached: int = 0) -> str:
    told = {"prompt_tokens": prompt, "completion_tokens": completion}
    details = {"prompt_tokens_details": {"cached_tokens": cached}}
    return json.dumps({"choices": [], "usage": {**told, **details}})


# -- whole servers


def models(*names: str, owner: str = "me", **fields: Any) -> Route:
    entries = [{"id": name, "object": "model", "owned_by": owner, **fields} for name in names]
    return reply({"object": "list", "data": entries})


def server(chat: Route | None = None, *names: str, **routes: Route) -> StandIn:
    """Unknown to us, strict about its paths; answers "Hello there." unless told otherwise."""
    answer = chat or streamed(delta("Hello"), delta(" there."), finish(), usage(7, 3, 2))
    return StandIn(
        {
            ("GET", "/v1/models"): models(*(names or ("tiny",))),
            ("POST", "/v1/chat/completions"): answer,
        }
    )


def llama_server(chat: Route | None = None, n_ctx: int = 4096) -> StandIn:
    """One model, called by its path; both spellings of every route."""
    made = server(chat)
    name = "/models/yi-1.5-6b-chat-q4_k_m.gguf"
    listed = models(name, owner="llamacpp", meta={"n_ctx_train": 8192})
    for base in ("", "/v1"):
        made.routes["GET", f"{base}/models"] = listed
        made.routes["POST", f"{base}/chat/completions"] = made.routes[
            "POST", "/v1/chat/completions"
        ]
    made.routes["GET", "/props"] = reply({"default_generation_settings": {"n_ctx": n_ctx}})
    return made


def ollama(chat: Route | None = None) -> StandIn:
    """Streams without usage unless it was asked for; two models, one of them running."""
    made = server(chat or streamed(delta("Hel"), delta("lo."), finish()))
    made.routes["GET", "/v1/models"] = models("qwen2.5:7b", "yi:latest", owner="library")
    made.routes["GET", "/api/ps"] = reply(
        {"models": [{"name": "yi:latest", "model": "yi:latest", "context_length": 8192}]}
    )
    made.routes["GET", "/"] = lambda handler, asked: handler.send(
        200, "text/plain", b"Ollama is running"
    )
    return made


def lm_studio(chat: Route | None = None) -> StandIn:
    """Answers 200 whatever is asked; its own list tells more than OpenAI's."""
    made = server(chat or streamed(delta("Hello."), finish(), end="\r\n\r\n"))
    made.routes["GET", "/v1/models"] = models(
        "qwen3-8b", "yi-coder-9b", "nomic-embed", owner="organization_owner"
    )
    made.routes["GET", "/api/v0/models"] = reply(
        {
            "data": [
                {"id": "qwen3-8b", "type": "llm", "state": "not-loaded"},
                {
                    "id": "yi-coder-9b",
                    "type": "llm",
                    "state": "loaded",
                    "loaded_context_length": 16384,
                    "max_context_length": 131072,
                },
                {"id": "nomic-embed", "type": "embeddings", "state": "not-loaded"},
            ]
        }
    )
    made.otherwise = reply({"error": "Unexpected endpoint or method. Returning 200 anyway"})
    return made

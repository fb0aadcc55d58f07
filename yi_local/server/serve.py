"""Listens, serves until it is told to stop, and ends what is running then."""

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.server.app import make_app
from yi_local.server.connection import (
    KEEP_ALIVE_S,
    MAX_HEADER_BYTES,
    Patience,
    WatchedConnection,
)
from yi_local.server.serving import Serving

_LAST_S = 5  # for answers to end, once the server is being stopped
_BACKLOG = 128
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def listen(host: str, port: int) -> socket.socket:
    """Port 0 takes a free one. Raises UsageError in words."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    try:
        if sys.platform != "win32":  # there it would let a second program take the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise _cannot_listen(host, port, error) from None
    return listening


def url_of(listening: socket.socket) -> str:
    """One that opens on this machine."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn's, which tells when it is ready and lets nobody wait when it is stopped."""

    def __init__(
        self,
        serving: Serving,
        listening: socket.socket,
        on_ready: Callable[[], None],
        patience: Patience | None = None,
    ) -> None:
        protocol = type("Connection", (WatchedConnection,), {"patience": patience or Patience()})
        super().__init__(
            uvicorn.Config(
                make_app(serving),
                http=protocol,
                ws="none",
                loop="asyncio",
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                h11_max_incomplete_event_size=MAX_HEADER_BYTES,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=_LAST_S,
            )
        )
        self._serving = serving
        self._listening = listening
        self._on_ready = on_ready

    def serve_all(self) -> None:
        """Until Ctrl-C, SIGTERM or `stop`."""
        _silence()
        self.run(sockets=[self._listening])

    def stop(self) -> None:
        """From any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._serving.stop_all()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike uvicorn's, a signal that was heeded is not raised a second time."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _silence() -> None:
    """What clients do wrong is no news; what goes wrong here is told by our own handlers."""
    log = logging.getLogger("uvicorn")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    log.setLevel(logging.CRITICAL)


def _cannot_listen(host: str, port: int, error: OSError) -> UsageError:
    return UsageError(
        tr(
            "{host}, port {port}, cannot be listened on: {reason}.",
            host=host,
            port=port,
            reason=error.strerror or str(error),
        ),
        tr("Choose another port with --port; 0 takes a free one."),
    )

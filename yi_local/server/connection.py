"""One client's connection, given up where the client is too slow to be honest."""

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MAX_CONNECTIONS = 512
MAX_HEADER_BYTES = 32 * 1024  # of the request line with all headers
KEEP_ALIVE_S = 60  # between two requests of one client


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a client may take."""

    header_s: float = 10.0  # from the connection, or a first byte, to the end of the headers
    silence_s: float = 20.0  # without a byte of a body that was begun
    body_s: float = 300.0  # for a whole body
    reading_s: float = 30.0  # without taking anything of an answer that is ready
    look_s: float = 1.0  # how often it is looked after


class WatchedConnection(H11Protocol):
    """uvicorn's own has time for whoever sends slowly, or does not read."""

    patience: ClassVar[Patience] = Patience()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        now = self.loop.time()
        self._state: tuple[Any, ...] = ()  # what is waited for
        self._since = self._last_byte = now
        self._look: asyncio.TimerHandle | None = None
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        self._last_byte = self.loop.time()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    # -- inside

    def _watch(self) -> None:
        now = self.loop.time()
        state = self._waiting_for()
        if state != self._state:
            self._state, self._since = state, now
        if self._is_too_slow(now):
            self.transport.abort()
            return
        self._look = self.loop.call_later(self.patience.look_s, self._watch)

    def _waiting_for(self) -> tuple[Any, ...]:
        """The same for as long as the client does not get on; empty: it is our turn."""
        cycle: RequestResponseCycle | None = self.cycle
        unsent = self.transport.get_write_buffer_size()
        if unsent and (self.flow.write_paused or self.transport.is_closing()):
            return ("reading", unsent)
        if cycle is None or cycle.response_complete:
            is_between = self.timeout_keep_alive_task is not None  # which ends that by itself
            return () if is_between else ("header", cycle)
        return ("body", cycle) if cycle.more_body else ()

    def _is_too_slow(self, now: float) -> bool:
        waited = now - self._since
        match self._state[:1]:
            case ("reading",):
                return waited > self.patience.reading_s
            case ("header",):
                return waited > self.patience.header_s
            case ("body",):
                silent = min(waited, now - self._last_byte)
                return silent > self.patience.silence_s or waited > self.patience.body_s
        return False

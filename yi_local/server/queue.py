"""The places for generations, with a waiting line before them that has an end."""

import asyncio
import time
from collections import deque
from math import ceil

from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.server.openai.write.errors import QueueFull

_LONGEST_S = 60  # what a client is told to wait at most
_NEWEST = 0.2  # weight of the last answer in the average


class Stopping(YiLocalError):
    def __init__(self) -> None:
        super().__init__(tr("The server is being stopped."))


class Slots:
    """For one event loop. First come, first served, also where a request needs several places."""

    def __init__(self, parallel: int, waiting_limit: int) -> None:
        self.parallel = parallel
        self._limit = waiting_limit
        self._free = parallel
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._mean_s = 2.0  # how long a place is held; a guess until some were
        self._is_closed = False

    @property
    def n_taken(self) -> int:
        return self.parallel - self._free

    @property
    def n_waiting(self) -> int:
        return len(self._line)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    async def take(self, wanted: int = 1) -> "Place":
        """As many places as wanted, at most all there are. Raises QueueFull, Stopping."""
        size = min(wanted, self.parallel)
        if self._is_closed:
            raise Stopping
        if self._line or self._free < size:
            await self._stand_in_line(size)
        else:
            self._free -= size
        return Place(self, size)

    def demand_room(self) -> None:
        """Raises what `take` would raise at once, QueueFull or Stopping."""
        if self._is_closed:
            raise Stopping
        if (self._line or not self._free) and len(self._line) >= self._limit:
            raise self._full()

    def close(self) -> None:
        """Nobody gets a place any more; those who wait get Stopping."""
        self._is_closed = True
        for _, ticket in self._line:
            if not ticket.done():
                ticket.set_exception(Stopping())
        self._line.clear()

    def retry_after_s(self) -> int:
        """About when the line will have moved, by how long the last answers took."""
        expected = self._mean_s * (len(self._line) + 1) / self.parallel
        return min(max(1, ceil(expected)), _LONGEST_S)

    # -- inside

    async def _stand_in_line(self, size: int) -> None:
        if len(self._line) >= self._limit:
            raise self._full()
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (size, ticket)
        self._line.append(entry)
        try:
            await ticket
        except asyncio.CancelledError:
            if entry in self._line:
                self._line.remove(entry)
            elif not ticket.cancelled() and ticket.exception() is None:
                self._free += size  # it was admitted just before it left
            self._admit()
            raise

    def _full(self) -> QueueFull:
        seconds = self.retry_after_s()
        return QueueFull(
            tr("Too many requests are waiting already."),
            tr("Try again in {seconds} s.", seconds=seconds),
            retry_after_s=seconds,
        )

    def _admit(self) -> None:
        while self._line and self._free >= self._line[0][0]:
            size, ticket = self._line.popleft()
            if not ticket.done():
                self._free -= size
                ticket.set_result(None)

    def _give_back(self, size: int, held_s: float) -> None:
        self._mean_s += _NEWEST * (held_s - self._mean_s)
        self._free += size
        self._admit()


class Place:
    """What `take` gave; to be released once, further times do nothing."""

    def __init__(self, slots: Slots, size: int) -> None:
        self.size = size
        self._slots: Slots | None = slots
        self._since = time.monotonic()

    def release(self) -> None:
        if self._slots is not None:
            slots, self._slots = self._slots, None
            slots._give_back(self.size, time.monotonic() - self._since)

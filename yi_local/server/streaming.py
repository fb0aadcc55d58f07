"""From blocking iterators in threads to what a client gets, for as long as it is there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any, Generic, TypeVar

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from yi_local.errors import YiLocalError

T = TypeVar("T")

_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy between is to pass each event on at once
)
_STILL_HERE = b": still here\n\n"  # a comment, which no client shows

Failed = Callable[[YiLocalError], bytes]  # what a stream that has begun says of its end


class Feed(Generic[T]):
    """What several blocking iterators yield, each in a thread of its own; an error of one ends all.

    `on_end` is called in the event loop when the last thread is through, read or not.
    """

    def __init__(
        self, executor: Executor, sources: Sequence[Iterator[T]], on_end: Callable[[], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrived: asyncio.Queue[T | asyncio.Future[None]] = asyncio.Queue()
        self._on_end = on_end
        self._running = len(sources)
        self._unread = len(sources)  # whose end has not been read
        for source in sources:
            future = self._loop.run_in_executor(executor, self._drain, source)
            future.add_done_callback(self._ended)

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        while self._unread:
            item = await self._arrived.get()
            if not isinstance(item, asyncio.Future):
                return item
            self._unread -= 1
            item.result()
        raise StopAsyncIteration

    def _drain(self, source: Iterator[T]) -> None:
        for item in source:
            self._loop.call_soon_threadsafe(self._arrived.put_nowait, item)

    def _ended(self, future: "asyncio.Future[None]") -> None:
        if not future.cancelled():
            future.exception()  # seen, should nobody read on
        self._arrived.put_nowait(future)
        self._running -= 1
        if not self._running:
            self._on_end()


class EventStream(Response):
    """Server-sent events. What goes wrong before the first one is raised: it has its own status.

    `frames` are made as they are needed. They are closed when the client goes away.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: AsyncIterator[bytes],
        failed: Failed,
        on_gone: Callable[[], None],
        *,
        first_s: float,
        keep_alive_s: float,
    ) -> None:
        super().__init__()
        self._frames = frames
        self._failed = failed
        self._on_gone = on_gone
        self._first_s = first_s  # so long an error can still have its status
        self._keep_alive_s = keep_alive_s
        self._is_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if await unless_gone(receive, self._write(send)) is None:
            self._on_gone()

    async def _write(self, send: Send) -> bool:
        coming = asyncio.ensure_future(_next(self._frames))
        try:
            while True:
                timeout = self._keep_alive_s if self._is_begun else self._first_s
                done, _ = await asyncio.wait({coming}, timeout=timeout)
                if not done:
                    await self._send(send, _STILL_HERE)
                    continue
                frame = self._frame(coming)
                if frame is None:
                    break
                await self._send(send, frame)
                if coming.exception() is not None:
                    break
                coming = asyncio.ensure_future(_next(self._frames))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return True
        finally:
            await _end(coming)
            await _close(self._frames)

    def _frame(self, coming: "asyncio.Future[bytes | None]") -> bytes | None:
        try:
            return coming.result()
        except YiLocalError as error:
            if not self._is_begun:
                raise
            return self._failed(error)

    async def _send(self, send: Send, frame: bytes) -> None:
        if not self._is_begun:
            self._is_begun = True
            head: Message = {"type": "http.response.start", "status": 200, "headers": _HEADERS}
            await send(head)
        await send({"type": "http.response.body", "body": frame, "more_body": True})


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T | None:
    """The work's result; None where the client has gone, in which case it was cancelled."""
    return await unless(_departure(receive), work)


async def unless(event: Coroutine[Any, Any, object], work: Coroutine[Any, Any, T]) -> T | None:
    """The work's result; None where the event came first, in which case it was cancelled."""
    working = asyncio.ensure_future(work)
    coming = asyncio.ensure_future(event)
    try:
        await asyncio.wait({working, coming}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        await _end(coming)
        await _end(working)


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _next(frames: AsyncIterator[bytes]) -> bytes | None:
    return await anext(frames, None)


async def _end(future: "asyncio.Future[Any]") -> None:
    """Cancelled and over, whatever comes of it."""
    future.cancel()
    await asyncio.wait({future})
    if not future.cancelled():
        future.exception()  # seen: asyncio complains of those that nobody looks at


async def _close(frames: AsyncIterator[bytes]) -> None:
    closing: Callable[[], Awaitable[None]] | None = getattr(frames, "aclose", None)
    if closing is not None:
        await closing()

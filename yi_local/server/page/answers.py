"""From a question to the stream that a page reads: kept first, then in line, then answered."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress

from yi_local.assistant.talk.session import Session, SessionEvent
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.errors import Cancelled, YiLocalError
from yi_local.server.answering import Job, Running, loading, running
from yi_local.server.openai.write.sse import DONE, sse
from yi_local.server.page.talks import Talk, Talks
from yi_local.server.page.telling import Telling, Told, gone
from yi_local.server.page.wire import error_event
from yi_local.server.queue import Stopping
from yi_local.server.serving import Serving
from yi_local.server.streaming import unless
from yi_local.types import LoadProgress, Usage

_GRACE_S = 0.5  # after a stop, for what may have come; a model that is being loaded takes longer

Make = Callable[[Session], Iterator[SessionEvent]]


def failed(error: YiLocalError) -> bytes:
    """The end of a stream that cannot go on."""
    return sse(error_event(error)) + DONE


class Answering:
    """One answer in one conversation."""

    def __init__(
        self, serving: Serving, talks: Talks, chat_id: int, session: Session, *, asks: bool
    ) -> None:
        self._serving = serving
        self._talks = talks
        self._talk = Talk(chat_id)
        self._session = session
        self._asks = asks  # a question is kept before anything else
        self._telling = Telling(serving.store)
        self._left_s: float | None = None  # when a stopped one that has not begun is left

    async def frames(self, make: Make) -> AsyncIterator[bytes]:
        """Raises YiLocalError; what came of the answer has been told then."""
        await self._talks.begin(self._talk)
        is_ours = True
        try:
            events = await self._serving.in_thread(lambda: make(self._session))
            told = self._telling.told(events)
            if self._asks:
                asked = await self._serving.in_thread(lambda: next(told))
                assert not isinstance(asked, Usage)
                yield sse(asked)
            async with AsyncExitStack() as stack:
                entering = stack.enter_async_context(running(self._serving, [self._job(told)]))
                answers = await unless(self._talk.stopped.wait(), entering)
                if answers is None:
                    yield sse(gone())
                else:
                    is_ours = False
                    async for item in self._items(answers):
                        yield item
            yield DONE
        finally:
            self._talk.stopped.set()
            if is_ours:
                self._talks.end(self._talk)

    # -- inside

    def _job(self, told: Iterator[Told]) -> Job[Told]:
        """In a thread, to its end whether anybody reads or not; then the talk is over."""
        loop = asyncio.get_running_loop()
        model = self._session.model

        def job(sign: StopSign) -> Iterator[Told]:
            try:
                with model.in_use(), sign.over(_Stopping(self._session)):
                    for progress in loading(self._serving, model, sign):
                        if isinstance(progress, LoadProgress):
                            yield {"type": "loading", "fraction": progress.fraction}
                    for item in told:
                        self._talk.begun = self._talk.begun or _is_begun(item)
                        yield item
            except (Cancelled, Stopping):
                if self._serving.slots.is_closed:
                    raise Stopping from None
                yield gone()
            finally:
                with suppress(RuntimeError):  # the loop has ended before
                    loop.call_soon_threadsafe(self._talks.end, self._talk)

        return job

    async def _items(self, answers: Running[Told]) -> AsyncIterator[bytes]:
        self._talk.on_stop = answers.stop_all
        if self._talk.stopped.is_set():
            answers.stop_all()
        try:
            while (item := await self._next(answers)) is not None:
                if isinstance(item, Usage):
                    self._serving.metrics.generated(item)
                else:
                    yield sse(item)
        except TimeoutError:
            yield sse(gone())

    async def _next(self, answers: Running[Told]) -> Told | None:
        """None at the end. Raises TimeoutError soon after a stop while nothing has begun."""
        talk = self._talk
        if not talk.begun and not talk.stopped.is_set():
            item = await unless(talk.stopped.wait(), _next_of(answers))
            if item is not None or not talk.stopped.is_set():
                return item
        if talk.begun:
            return await _next_of(answers)
        now = time.monotonic()
        self._left_s = self._left_s if self._left_s is not None else now + _GRACE_S
        return await asyncio.wait_for(_next_of(answers), max(self._left_s - now, 0.0))


class _Stopping:
    """A session, as a sign stops it."""

    def __init__(self, session: Session) -> None:
        self.cancel = session.cancel

    def close(self) -> None:
        """It has its end in itself."""


def _is_begun(item: Told) -> bool:
    return not isinstance(item, Usage) and item["type"] == "begun"


async def _next_of(answers: Running[Told]) -> Told | None:
    async for _, item in answers:
        return item
    return None

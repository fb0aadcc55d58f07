"""The answers that are on their way to pages: one in each conversation."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from yi_local.server.page.trouble import answer_running

_LAST_S = 5.0  # for what came of a stopped answer to be kept


@dataclass(slots=True, eq=False)
class Talk:
    """Of one event loop. `begun`: the answer has its place in the conversation."""

    chat_id: int
    begun: bool = False
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    on_stop: Callable[[], None] | None = None

    def stop(self) -> None:
        """What came is kept."""
        self.stopped.set()
        if self.on_stop is not None:
            self.on_stop()

    @property
    def is_left(self) -> bool:
        """It was stopped before it began: nothing will come of it, a model may still be loaded."""
        return self.stopped.is_set() and not self.begun


class Talks:
    """Of one event loop."""

    def __init__(self) -> None:
        self._talks: dict[int, Talk] = {}

    def is_running(self, chat_id: int) -> bool:
        known = self._talks.get(chat_id)
        return known is not None and not known.is_left

    def demand_rest(self, chat_id: int) -> None:
        """Raises PageProblem where an answer is running that nobody has stopped."""
        known = self._talks.get(chat_id)
        if known is not None and not known.stopped.is_set():
            raise answer_running()

    async def begin(self, talk: Talk) -> None:
        """To be ended by `end`. Raises PageProblem where another one is running."""
        known = self._talks.get(talk.chat_id)
        if known is not None and known.stopped.is_set():
            await self._ending(known)
        if self.is_running(talk.chat_id):
            raise answer_running()
        self._talks[talk.chat_id] = talk

    def end(self, talk: Talk) -> None:
        talk.over.set()
        if self._talks.get(talk.chat_id) is talk:
            del self._talks[talk.chat_id]

    def stop(self, chat_id: int) -> None:
        if (known := self._talks.get(chat_id)) is not None:
            known.stop()

    async def stopped(self, chat_id: int) -> None:
        """Stops it, and waits until what came is kept."""
        if (known := self._talks.get(chat_id)) is not None:
            known.stop()
            await self._ending(known)

    async def _ending(self, talk: Talk) -> None:
        if not talk.is_left:
            try:
                await asyncio.wait_for(talk.over.wait(), _LAST_S)
            except TimeoutError:
                return

"""What an engine does for one request: in a place of its own, on a model that is loaded for it."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.engine.client import Engine, Generation
from yi_local.errors import NotEnoughMemory
from yi_local.server.queue import Place, Stopping
from yi_local.server.serving import Serving
from yi_local.server.streaming import Feed
from yi_local.types import Done, Event, LoadProgress

T = TypeVar("T")
Ask = Callable[[Engine], Generation]
Job = Callable[[StopSign], Iterator[T]]

_POLL_S = 0.2


class Running(Feed[tuple[int, T]]):
    """Jobs side by side, what they yield by their number; those beyond the places come later."""

    def __init__(self, serving: Serving, jobs: Sequence[Job[T]], place: Place) -> None:
        self._serving = serving
        self._signs = tuple(StopSign() for _ in jobs)
        self._place = place
        serving.running.update(self._signs)
        numbered = [
            _numbered(number, job, sign)
            for number, (job, sign) in enumerate(zip(jobs, self._signs, strict=True))
        ]
        rows = [_one_by_one(numbered[first :: place.size]) for first in range(place.size)]
        super().__init__(serving.threads, rows, self._over)

    def stop(self, number: int) -> None:
        self._serving.stop([self._signs[number]])

    def stop_all(self) -> None:
        self._serving.stop(self._signs)

    def _over(self) -> None:
        self._serving.running.difference_update(self._signs)
        self._place.release()


@asynccontextmanager
async def running(serving: Serving, jobs: Sequence[Job[T]]) -> AsyncIterator[Running[T]]:
    """In line until there are places; stopped when this is left. Raises QueueFull, Stopping."""
    place = await serving.slots.take(len(jobs))
    try:
        feed = Running(serving, jobs, place)
    except RuntimeError:  # its threads have been ended
        place.release()
        raise Stopping from None
    try:
        yield feed
    finally:
        feed.stop_all()


def answer(serving: Serving, model: OpenModel, ask: Ask) -> Job[Event]:
    """A generation's events."""

    def job(sign: StopSign) -> Iterator[Event]:
        with model.in_use():
            for _ in loading(serving, model, sign):
                pass
            generation = ask(model.engine)
            with sign.over(generation):
                for event in generation:
                    if isinstance(event, Done) and len(serving.running) == 1:
                        model.loader.learn(event.usage)  # at full speed: nobody else was there
                    yield event

    return job


def with_engine(
    serving: Serving, model: OpenModel, work: Callable[[Engine], Iterator[T]]
) -> Job[T]:
    """Something that cannot be stopped in its midst."""

    def job(sign: StopSign) -> Iterator[T]:
        with model.in_use():
            for _ in loading(serving, model, sign):
                pass
            for item in work(model.engine):
                yield item
                if sign.is_up():
                    raise Stopping

    return job


def loading(
    serving: Serving, model: TalkModel, sign: StopSign
) -> Iterator[LoadProgress | NextPlan]:
    """Waits for room that another model takes only as long as it answers.

    A load that was begun is not given up when its client goes: the next one would begin it anew,
    and one that never waits long enough would never get an answer.
    """
    deadline = time.monotonic() + serving.limits.memory_wait_s
    is_begun = False

    def given_up() -> bool:
        return serving.slots.is_closed or (sign.is_up() and not is_begun)

    while not sign.is_up():
        try:
            for progress in model.load(given_up):
                is_begun = True
                yield progress
            return
        except NotEnoughMemory:
            is_begun = False
            others = (each for each in serving.models.opened() if each is not model)
            is_held = any(each.loaded and each.use.is_answering for each in others)
            if not is_held or time.monotonic() > deadline:
                raise
        time.sleep(_POLL_S)
    raise Stopping


def _numbered(number: int, job: Job[T], sign: StopSign) -> Iterator[tuple[int, T]]:
    for item in job(sign):
        yield number, item


def _one_by_one(sources: Sequence[Iterator[T]]) -> Iterator[T]:
    for source in sources:
        yield from source

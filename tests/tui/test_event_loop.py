"""Nothing blocks the event loop: a watcher measures it at work.

What is measured is the processor time of the loop's own thread between two beats of the watcher,
not the time on the clock: other processes on a busy machine make the clock run on, but only our
own code between two beats makes the thread compute. Between two beats at most one step of every
other task runs, so that a long measure is one step, or a chain of steps, that kept the loop.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.tui.conftest import Running
from tests.tui.talking import ask, long_conversation, pane_of, ready, screen_of, shown
from tests.tui.waiting import until, until_seen
from yi_local.tui.services import Services

LIMIT_S = 0.05
_BEAT_S = 0.002

ANSWER = (
    "Answer {n}, with **bold** text.\n\n- one\n- two\n\n```python\nfor x in range({n}):\n"
    "    print(x)\n```\n\n" + "A paragraph of several words that goes on for a while. " * 6
)


class Watch:
    """The longest time that the loop's thread computed without letting the watcher in."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.during = ""
        self._name = ""

    def now(self, name: str) -> None:
        """What goes on from here, for the message of a failure."""
        self._name = name

    async def beat(self) -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(_BEAT_S)
            after = time.thread_time()
            if after - before > self.longest_s:
                self.longest_s, self.during = after - before, self._name
            before = after


@asynccontextmanager
async def watched() -> AsyncIterator[Watch]:
    watch = Watch()
    gc.collect()
    gc.freeze()  # what the whole test run has made so far is not the app's to go through
    task = asyncio.create_task(watch.beat())
    try:
        yield watch
    finally:
        task.cancel()
        gc.unfreeze()
    assert watch.longest_s < LIMIT_S, f"{watch.longest_s * 1000:.0f} ms during {watch.during}"


async def test_loading_streaming_and_stopping_let_the_loop_go_on(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot, watched() as watch:
        watch.now("loading")
        pane = await ready(pilot)
        watch.now("streaming")
        await pilot.press(*"tick", "enter")
        await until_seen(pilot, "tick tick")
        for letter in "typed meanwhile":
            await pilot.press(letter)
        watch.now("stopping")
        await pilot.press("escape")
        await until_seen(pilot, "stopped")
        await until(pilot, lambda: shown(pane))


async def test_a_long_fence_lets_the_loop_go_on(running: Running, services: Services) -> None:
    code = "\n".join(f"total_{n} = reading({n}) * 2  # degrees" for n in range(150))
    async with running(services) as pilot:
        await ready(pilot)
        async with watched() as watch:
            watch.now("streaming a fence")
            await ask(pilot, f"say ```python\n{code}\n```")


async def test_opening_and_scrolling_5000_messages_lets_the_loop_go_on(
    running: Running, services: Services
) -> None:
    ids = long_conversation(services.store, 5000, answer=ANSWER)
    conversation_id = services.store.conversations()[0].id
    async with running(services) as pilot:
        pane = await ready(pilot)
        async with watched() as watch:
            watch.now("opening")
            began = time.monotonic()
            screen_of(pilot).open_conversation(conversation_id)
            await until(pilot, lambda: pane.transcript.turn(ids[-1]) is not None)
            assert time.monotonic() - began < 3  # 0.5 s where nobody else computes
            watch.now("scrolling")
            for _ in range(8):
                pane.transcript.scroll_page_up(animate=False)
                await pilot.pause()
            watch.now("opening in the middle")
            screen_of(pilot).open_conversation(conversation_id, ids[2500])
            await until(pilot, lambda: pane.transcript.turn(ids[2500]) is not None)


async def test_searching_lets_the_loop_go_on(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with()
    long_conversation(services.store, 600)
    async with running(services, size=(120, 30)) as pilot:
        await ready(pilot)
        async with watched() as watch:
            watch.now("searching")
            await pilot.press("ctrl+f", *"thing")
            listed = screen_of(pilot).conversation_list
            await until(pilot, lambda: listed._hits)
            assert pane_of(pilot).is_mounted

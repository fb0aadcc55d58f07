"""Watches that nothing blocks the event loop.

What is measured is the processor time of the loop's own thread between two beats of the watcher,
not the time on the clock: other processes on a busy machine make the clock run on, but only our
own code between two beats makes the thread compute. Between two beats at most one step of every
other task runs, so that a long measure is one step, or a chain of steps, that kept the loop.
The garbage collector is measured too, working as it does for the app (tui/collecting.py): it goes
through everything only at rest, where nobody waits for it. Not measured is what a test computes to
look at the screen.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.tui.waiting import Own
from yi_local.tui.collecting import only_at_rest

LIMIT_S = 0.05
_BEAT_S = 0.002


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
        before = _app_s()
        while True:
            await asyncio.sleep(_BEAT_S)
            after = _app_s()
            if after - before > self.longest_s:
                self.longest_s, self.during = after - before, self._name
            before = after


def _app_s() -> float:
    return time.thread_time() - Own.spent_s


@asynccontextmanager
async def watched() -> AsyncIterator[Watch]:
    watch = Watch()
    gc.collect()
    gc.freeze()  # what the whole test run has made so far is not the app's to go through
    thresholds = gc.get_threshold()
    only_at_rest()
    task = asyncio.create_task(watch.beat())
    try:
        yield watch
    finally:
        task.cancel()
        gc.unfreeze()
        gc.set_threshold(*thresholds)
    assert watch.longest_s < LIMIT_S, f"{watch.longest_s * 1000:.0f} ms during {watch.during}"

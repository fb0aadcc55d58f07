"""The collector of cycles goes through all of the app only while nobody types or clicks."""

import gc
import time

from textual.app import App
from textual.events import Event, InputEvent

_REST_S = 1.0  # so long nobody has done anything
_RARELY = 1000  # CPython's third threshold is 10, in the midst of whatever is done
_ENOUGH = 10  # rounds through what is new since the last one through everything; CPython's own


def only_at_rest() -> None:
    """For this process: what is new is gone through as ever, which takes 1 or 2 ms.

    Everything is 30 to 40 ms of the event loop after a long conversation was scrolled (100,000
    objects); added to a step of the work itself, they are felt.
    """
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _RARELY)


class CollectsAtRest(App[None]):
    """As a part of the app; not in tests, where one app follows the other."""

    _touched_at = 0.0  # on the monotonic clock

    async def on_mount(self) -> None:
        if not self.is_headless:
            only_at_rest()
            self.set_interval(_REST_S, self.collect_at_rest)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, InputEvent):
            self._touched_at = time.monotonic()
        await super().on_event(event)

    def collect_at_rest(self) -> None:
        """Nothing, where somebody is at work or little is new."""
        if time.monotonic() - self._touched_at >= _REST_S and gc.get_count()[2] >= _ENOUGH:
            gc.collect()

    def leave_alone(self) -> None:
        """What there is now stays: nobody needs to go through it ever again."""
        if not self.is_headless:
            gc.freeze()

"""One line on a terminal that tells how far a slow step is."""

import time
from collections.abc import Callable

from yi_local.language import tr
from yi_local.text import human_duration, padded, width_of

_REDRAW_S = 0.1
_GUESS_AFTER_S = 1.0  # before that, the time left is a wild guess


class ProgressLine:
    """Shown by a carriage return, nothing else.

    Texts are short, so that a line never wraps.
    """

    def __init__(
        self,
        write: Callable[[str], None] | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write  # None: nobody is watching
        self._clock = clock
        self._label: str | None = None
        self._start = (0.0, 0.0)  # when the step began, how far it was then
        self._next = 0.0
        self._width = 0  # columns to wipe

    def show(self, label: str, done: float, total: float, unit: str = "") -> None:
        """`done` of `total`, as a percentage or, with a unit, as counts."""
        now = self._clock()
        if label != self._label:
            self.clear()
            self._label, self._start = label, (now, done)
        left_s, far = self._left_s(now, done, total), _how_far(done, total, unit)
        if left_s is None:
            self.tell(tr("{step}: {how_far}", step=label, how_far=far))
        else:
            left = human_duration(left_s)
            self.tell(tr("{step}: {how_far}, {time} left", step=label, how_far=far, time=left))

    def tell(self, text: str) -> None:
        """The line as it is now, redrawn not too often."""
        now = self._clock()
        if self._write is None or now < self._next:
            return
        text = padded(text, self._width)
        self._next = now + _REDRAW_S
        self._width = width_of(text)  # known even if Ctrl-C cuts the write
        self._write("\r" + text)

    def clear(self) -> None:
        """The step is over: its line goes."""
        if self._write is not None and self._width:
            self._write("\r" + " " * self._width + "\r")
        self._label, self._width, self._next = None, 0, 0.0

    def _left_s(self, now: float, done: float, total: float) -> float | None:
        began, done_then = self._start
        if done <= done_then or now - began < _GUESS_AFTER_S:
            return None
        return (now - began) * (total - done) / (done - done_then)


def _how_far(done: float, total: float, unit: str) -> str:
    if not unit:
        return f"{100 * done / total:.0f} %"
    return tr("{done} of {total} {unit}", done=f"{done:,.0f}", total=f"{total:,.0f}", unit=unit)

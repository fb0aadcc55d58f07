"""Which messages of a long conversation are mounted: pure, so that it can be tested by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MOST = 40  # messages mounted at once, in the long run
MOST_ROWS = 1500  # the same by height: a few very long answers weigh as much
STEP = 4  # messages read from the store at once
_FRAME_ROWS = 3  # what a message has around its text

Side = Literal["earlier", "later"]


@dataclass(frozen=True, slots=True)
class Window:
    """ids[first:last] of a conversation are mounted."""

    first: int
    last: int
    total: int

    @property
    def size(self) -> int:
        return self.last - self.first

    @property
    def is_at_end(self) -> bool:
        return self.last == self.total

    def step(self, side: Side) -> tuple[int, int]:
        """Which come next on that side."""
        if side == "earlier":
            return max(self.first - STEP, 0), self.first
        return self.last, min(self.last + STEP, self.total)


@dataclass(frozen=True, slots=True)
class View:
    """Rows: of what is mounted, of the part that is seen."""

    rows: int
    top: int
    height: int

    @property
    def below(self) -> int:
        return self.rows - self.top - self.height


def lacking(window: Window, view: View) -> Side | None:
    """Where more is needed, so that scrolling a screen meets no end; what is seen comes first."""
    if view.height <= 0 or not window.total:
        return None
    if window.first > 0 and view.top < view.height:
        return "earlier"
    if not window.is_at_end and view.below < view.height:
        return "later"
    return None


def superfluous(heights: Sequence[int], view: View) -> tuple[int, int]:
    """How many of the mounted ones can go at the beginning and at the end; `heights` in rows.

    Never what stands within two screens of what is seen.
    """
    near = 2 * view.height
    first, last = 0, len(heights)
    above, below, rows = view.top, view.below, sum(heights)
    while first < last and (last - first > MOST or rows > MOST_ROWS):
        up, down = above - heights[first], below - heights[last - 1]
        if max(up, down) <= near:
            break
        if up >= down:
            above, rows, first = up, rows - heights[first], first + 1
        else:
            below, rows, last = down, rows - heights[last - 1], last - 1
    return first, len(heights) - last


def estimated_rows(text: str, width: int) -> int:
    """About as many as a message takes, its title and the gap below it included."""
    return _FRAME_ROWS + sum(1 + len(line) // max(width, 1) for line in text.split("\n"))

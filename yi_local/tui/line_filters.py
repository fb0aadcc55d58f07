"""What every line goes through on its way to the terminal, whatever widget has drawn it."""

from collections.abc import Sequence
from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter, Monochrome, NoColor

from yi_local.text import clean

_MARK = RichColor.from_rgb(1, 2, 3)  # as in app.tcss
_TURNED = Style(color="default", bgcolor="default", reverse=True)
_MOVING = str.maketrans("", "", "\n\t")  # within a line they would move what follows
_NO_COLOR = NoColor()


class Gate(LineFilter):
    """All filters in one, Textual's too: each by itself would make every line anew.

    Drops at last what a terminal would obey. It has no width, so that everything keeps its place.
    Widgets clean what they show; text that is edited, and what Textual shows by itself, is not
    theirs to change.
    """

    def __init__(self, filters: Sequence[LineFilter]) -> None:
        super().__init__()
        self._filters = filters
        # The only other look is in the app's own colours: there the mark is never used.
        self._turns = any(each is _NO_COLOR for each in filters) or not any(
            isinstance(each, ANSIToTruecolor) for each in filters
        )

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if self._turns:
            segments = list(map(turned_around, segments))
        for each in self._filters:
            segments = each.apply(segments, background)
        if all([text.isprintable() for text, _, _ in segments]):
            return segments
        return [
            Segment(clean(text).translate(_MOVING), style, control)
            for text, style, control in segments
        ]


def turned_around(segment: Segment) -> Segment:
    """Fore- and background exchanged where the ground is the one that app.tcss keeps for it.

    Textual drops `text-style: reverse` of a list's row, and colours alone shall say nothing.
    """
    text, style, control = segment
    if style is None or style.bgcolor != _MARK:
        return segment
    return Segment(text, style + _TURNED, control)


def gate(textuals: Sequence[LineFilter]) -> Sequence[LineFilter]:
    """NO_COLOR means none: Textual's greys become black on black where the ground is not ours."""
    return _gate(
        tuple(_NO_COLOR if isinstance(each, Monochrome | NoColor) else each for each in textuals)
    )


@lru_cache(8)  # the same for the same: lines are kept by the filters they went through
def _gate(filters: Sequence[LineFilter]) -> Sequence[LineFilter]:
    return (Gate(filters),)

"""Plain tables for terminals, in columns that Chinese names do not break."""

import unicodedata
from collections.abc import Sequence

_GAP = "  "
_WIDE = ("W", "F")  # East Asian Width: these take two columns


def width_of(text: str) -> int:
    """Columns on a terminal."""
    return sum(
        0 if unicodedata.combining(mark) else 1 + (unicodedata.east_asian_width(mark) in _WIDE)
        for mark in text
    )


def shortened(text: str, width: int) -> str:
    """At most so wide; what goes is in the middle, for names differ at their ends."""
    if width_of(text) <= width:
        return text
    head, tail = text[: len(text) // 2], text[len(text) // 2 :]
    while width_of(head) + width_of(tail) + 1 > width and (head or tail):
        if width_of(head) >= width_of(tail):
            head = head[:-1]
        else:
            tail = tail[1:]
    return f"{head}…{tail}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = ()) -> str:
    """Columns as wide as needed, aligned to the right but for the numbers in `left`."""
    lines = [head, *rows]
    widths = [max(width_of(line[column]) for line in lines) for column in range(len(head))]
    return "".join(
        _GAP.join(
            _cell(text, width, column in left)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )


def _cell(text: str, width: int, to_left: bool) -> str:
    space = " " * (width - width_of(text))
    return text + space if to_left else space + text

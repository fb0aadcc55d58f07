"""A piece of a text around what was found in it, on one line."""

import re
from collections.abc import Iterable, Sequence

from yi_local.store.search.folding import folded
from yi_local.text import width_of

_COLUMNS = 40  # on each side
_MAX_FOUND = 80  # columns
_GAP = "…"


def place_in(text: str, patterns: Sequence[re.Pattern[str]]) -> tuple[tuple[int, int], bool]:
    """Where the first pattern that is there stands, and whether it was the very first."""
    comparable = folded(text)
    for number, pattern in enumerate(patterns):
        if match := pattern.search(comparable.text):
            return comparable.origin(*match.span()), number == 0
    return (0, 0), False


def excerpt(text: str, start: int, end: int) -> tuple[str, str, str]:
    """Before, found, after: whole characters, white space as single spaces, "…" where cut."""
    reach = 4 * _COLUMNS  # characters that are looked at: marks and spaces take no room
    before = _one_line(text[max(0, start - reach) : start])
    found = _one_line(text[start:end])
    after = _one_line(text[end : end + reach])
    left = _fitting(reversed(before), _COLUMNS)[::-1]
    while left and width_of(left[0]) == 0 and len(left) < len(before):
        left = left[1:]  # it belongs to a character that is not there
    right = _fitting(after, _COLUMNS)
    middle = _fitting(found, _MAX_FOUND)
    return (
        left if len(left) == len(before) and start <= reach else _GAP + left,
        middle if middle == found else middle + _GAP,
        right if len(right) == len(after) and end + reach >= len(text) else right + _GAP,
    )


def _fitting(text: Iterable[str], columns: int) -> str:
    """What is so wide at most; marks without width stay with the character before them."""
    taken, width = [], 0
    for mark in text:
        width += width_of(mark)
        if width > columns:
            break
        taken.append(mark)
    return "".join(taken)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)

"""Two texts compared word by word; Chinese and Japanese character by character."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "removed", "added"]
Piece = tuple[Kind, str]

# A character of a script without spaces, else a word with what follows it up to the next one.
_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\n|[^\\S\n]+|\\w+|[^\\w\\s]")
_LINE_BREAK = "⏎"  # one that went or came would not be seen
_MAX_WORDS = 20_000  # beyond, the comparison would take minutes: lines are compared instead


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """All "same" and "removed" pieces together are `before`, all "same" and "added" `after`."""
    if before == after:
        return (("same", before),) if before else ()
    a, b = _words(before), _words(after)
    if len(a) + len(b) > _MAX_WORDS:
        a, b = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return tuple(_pieces(a, b))


def unified(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Lines in which [-what went-] and {+what came+} are marked, as git's word diff does.

    Lines without a change are left out but for one around each that has one.
    """
    marked = "".join(_marked(piece) for piece in pieces).split("\n")
    changed = {number for number, line in enumerate(marked) if "[-" in line or "{+" in line}
    near = {number + step for number in changed for step in (-1, 0, 1)}
    return tuple(line for number, line in enumerate(marked) if number in near)


def _marked(piece: Piece) -> str:
    kind, text = piece
    if kind == "same":
        return text
    before, after = ("[-", "-]") if kind == "removed" else ("{+", "+}")
    *ended, last = text.split("\n")
    lines = [f"{before}{line}{_LINE_BREAK}{after}" for line in ended]
    return "\n".join([*lines, f"{before}{last}{after}" if last else ""])


def _pieces(a: Sequence[str], b: Sequence[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    for kind, a_start, a_end, b_start, b_end in matcher.get_opcodes():
        if kind == "equal":
            yield "same", "".join(a[a_start:a_end])
            continue
        if a_end > a_start:
            yield "removed", "".join(a[a_start:a_end])
        if b_end > b_start:
            yield "added", "".join(b[b_start:b_end])


def _words(text: str) -> list[str]:
    return _WORD.findall(text)

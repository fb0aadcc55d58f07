"""Finds the function calls in an answer while it is being written.

A call is JSON: behind a marker, <tool_call> (Hermes, Qwen) or <|python_tag|> (Llama 3), or bare at
the beginning of the answer (Llama 3, and every forced call), or bare behind another call.
"""

import re
from collections.abc import Collection
from typing import Literal

from yi_local.assistant.tools.calls import Piece, Said, ToolCall, calls_in
from yi_local.assistant.tools.scanner import JsonScanner

MARKERS = ("<tool_call>", "<|python_tag|>")
_BEHIND = ("</tool_call>", ";")  # what may stand between one call and the next
# A call's first key. JSON that begins otherwise is an answer, and need not be held back.
_FIRST_KEYS = ("name", "arguments", "parameters", "function", "type", "id")
_FIRST_KEY = re.compile(r'[\[\s]*(?:\{\s*(?:"(?P<key>[^"\\]*)(?P<end>")?)?)?')

_Finding = tuple[ToolCall, ...] | Literal["growing", "broken"]


class StreamParser:
    """Of one answer. How its text is cut into pieces makes no difference to what is found.

    What may become a call is held back until that is decided; what turns out to be none (broken
    JSON, a function that was not offered) is text, exactly as it was written. Space around calls
    is dropped. `most`: after so many calls everything is dropped.
    """

    def __init__(self, names: Collection[str], most: int | None = None) -> None:
        self._names = frozenset(names)
        self._most = most
        self._held = ""
        self._bare = True  # a call without a marker may stand here
        self._behind = False  # a call has just ended
        self._scanner = JsonScanner()
        self._n_calls = 0

    @property
    def satisfied(self) -> bool:
        """No further call is wanted: the answer may end here."""
        return self._most is not None and self._n_calls >= self._most

    def feed(self, text: str) -> tuple[Piece, ...]:
        if not self._names:
            return (Said(text),) if text else ()
        self._held += text
        return self._advance(final=False)

    def finish(self) -> tuple[Piece, ...]:
        """What was held back, when no more text comes."""
        return self._advance(final=True)

    def _advance(self, final: bool) -> tuple[Piece, ...]:
        pieces: list[Piece] = []
        while self._held:
            step = self._step(final)
            if step is None:
                break
            pieces += step
        return _merged(pieces)

    def _step(self, final: bool) -> tuple[Piece, ...] | None:
        """What is decided next; None: nothing, until more text comes."""
        if self._behind:
            return self._step_behind(final)
        if self._bare:
            return self._step_bare(final)
        return self._step_text(final)

    def _step_behind(self, final: bool) -> tuple[Piece, ...] | None:
        rest = "" if self.satisfied else self._held.lstrip()
        self._held = rest
        for mark in _BEHIND:
            if rest.startswith(mark):
                self._held = rest[len(mark) :]
                return ()
            if mark.startswith(rest) and not final:
                return None
        self._behind = False
        return ()

    def _step_bare(self, final: bool) -> tuple[Piece, ...] | None:
        rest = self._held.lstrip()
        if not rest and not final:
            return None
        finding = self._value(rest, final, bare=True)
        if finding == "growing":
            return None
        if finding == "broken":
            self._bare = False
            return ()
        return self._called(finding)

    def _step_text(self, final: bool) -> tuple[Piece, ...] | None:
        found = [(at, mark) for mark in MARKERS if (at := self._held.find(mark)) >= 0]
        if not found:
            return self._say(len(self._held) - (0 if final else _undecided(self._held)))
        at, mark = min(found)
        before = len(self._held[:at].rstrip())
        if before:
            return self._say(before)
        rest = self._held[at + len(mark) :].lstrip()
        if not rest and not final:
            return None
        finding = self._value(rest, final, bare=False)
        if finding == "growing":
            return None
        if finding == "broken":
            return self._say(at + len(mark))
        return self._called(finding)

    def _value(self, rest: str, final: bool, bare: bool) -> _Finding:
        """What stands at the beginning of the rest; the calls are taken out of what is held."""
        length: int | str = "broken"
        if rest.startswith(("{", "[")):
            may_be = not bare or _may_be_call(rest)
            length = self._scanner.look(rest) if may_be else "broken"
        if length == "growing" and not final:
            return "growing"
        self._scanner = JsonScanner()
        calls = calls_in(rest[:length], self._names) if isinstance(length, int) else None
        if calls is None or not isinstance(length, int):
            return "broken"
        self._held = rest[length:]
        return calls

    def _called(self, calls: tuple[ToolCall, ...]) -> tuple[Piece, ...]:
        self._behind = self._bare = True
        wanted = calls if self._most is None else calls[: self._most - self._n_calls]
        self._n_calls += len(wanted)
        return wanted

    def _say(self, length: int) -> tuple[Piece, ...] | None:
        text, self._held = self._held[:length], self._held[length:]
        return (Said(text),) if text else None


def _undecided(text: str) -> int:
    """The length of the end that may belong to a call: a marker's beginning, space before it."""
    longest = min(max(map(len, MARKERS)) - 1, len(text))
    length = next(
        (n for n in range(longest, 0, -1) if any(mark.startswith(text[-n:]) for mark in MARKERS)), 0
    )
    return len(text) - len(text[: len(text) - length].rstrip())


def _may_be_call(text: str) -> bool:
    """By the first key, as far as it is there."""
    match = _FIRST_KEY.match(text)
    if match is None:
        return False
    key = match["key"]
    if key is None:
        return match.end() == len(text)
    if match["end"]:
        return key in _FIRST_KEYS
    return match.end() == len(text) and any(known.startswith(key) for known in _FIRST_KEYS)


def _merged(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Texts that follow each other as one."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, Said) and isinstance(last, Said):
            merged[-1] = Said(last.text + piece.text)
        else:
            merged.append(piece)
    return tuple(merged)

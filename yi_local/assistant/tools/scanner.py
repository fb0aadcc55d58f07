"""Where a JSON value ends, or that it is none, found while its text is still growing."""

import re
from typing import Literal

_OUTSIDE = frozenset('{}[]:,"-+.0123456789eEtrufalsn \t\r\n')  # all that JSON has beside strings
_PLAIN = re.compile(r'[^"\\]*')  # inside of a string
_PAIRS = {"}": "{", "]": "["}


class JsonScanner:
    """For one object or array. What it says of a text is final, however the text goes on."""

    def __init__(self) -> None:
        self._at = 0
        self._open: list[str] = []
        self._in_string = False

    def look(self, text: str) -> int | Literal["growing", "broken"]:
        """The value's length, once it is there; `text` begins with what was seen before."""
        while self._at < len(text):
            if self._in_string:
                if not self._string(text):
                    return "growing"
                continue
            character = text[self._at]
            if character not in _OUTSIDE:
                return "broken"
            self._at += 1
            if character == '"':
                self._in_string = True
            elif character in "{[":
                self._open.append(character)
            elif character in _PAIRS:
                if not self._open or self._open.pop() != _PAIRS[character]:
                    return "broken"
                if not self._open:
                    return self._at
        return "growing"

    def _string(self, text: str) -> bool:
        """Goes to its end; False where that is not there yet."""
        plain = _PLAIN.match(text, self._at)
        self._at = plain.end() if plain else self._at
        if self._at >= len(text) or (text[self._at] == "\\" and self._at + 1 >= len(text)):
            return False
        if text[self._at] == "\\":
            self._at += 2
        else:
            self._at += 1
            self._in_string = False
        return True

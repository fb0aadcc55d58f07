"""Text that remembers which of its characters the chat template wrote."""

from collections.abc import Iterable
from typing import Any, SupportsIndex

_OURS, _THEIRS = b"\1", b"\0"


class Trusted(str):
    """A str with a mask: byte i is 1 where character i came from the template's own source.

    What a plain str contributes is untrusted, so whatever an operation forgets to track ends up
    untrusted too: a mistake here can spoil a prompt, never let a user's text pass for a marker.
    """

    mask: bytes
    __slots__ = ("mask",)

    def __new__(cls, text: str, mask: bytes | None = None) -> "Trusted":
        self = super().__new__(cls, text)
        self.mask = _OURS * len(text) if mask is None else mask
        return self

    def __str__(self) -> "Trusted":  # Jinja calls str() on everything it prints
        return self

    def __add__(self, other: str) -> "Trusted":
        return Trusted(str.__add__(self, other), self.mask + mask_of(other))

    def __radd__(self, other: str) -> "Trusted":  # Python asks a subclass on the right first
        return Trusted(str.__add__(other, self), mask_of(other) + self.mask)

    def __mul__(self, times: SupportsIndex) -> "Trusted":
        return Trusted(str.__mul__(self, times), self.mask * times.__index__())

    __rmul__ = __mul__

    def __getitem__(self, index: Any) -> "Trusted":
        mask = self.mask[index]
        return Trusted(
            str.__getitem__(self, index), bytes([mask]) if isinstance(mask, int) else mask
        )

    def strip(self, chars: str | None = None) -> "Trusted":
        return self.lstrip(chars).rstrip(chars)

    def lstrip(self, chars: str | None = None) -> "Trusted":
        return self[len(self) - len(str.lstrip(self, chars)) :]

    def rstrip(self, chars: str | None = None) -> "Trusted":
        return self[: len(str.rstrip(self, chars))]

    def removeprefix(self, prefix: str) -> "Trusted":
        return self[len(prefix) :] if self.startswith(prefix) else self

    def removesuffix(self, suffix: str) -> "Trusted":
        return self[: -len(suffix)] if suffix and self.endswith(suffix) else self

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        return self._cut(str.split(self, sep, maxsplit))

    def rsplit(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        return self._cut(str.rsplit(self, sep, maxsplit))

    def splitlines(self, keepends: bool = False) -> list[str]:
        return self._cut(str.splitlines(self, keepends))

    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> "Trusted":
        if not old:
            return Trusted(str.replace(self, old, new, count), None)._untrusted()
        limit = count.__index__()
        parts = self._cut(str.split(self, old, limit if limit >= 0 else -1))
        return joined(parts, new)

    def join(self, parts: Iterable[str], /) -> "Trusted":
        return joined(parts, self)

    def upper(self) -> "Trusted":
        return self._recased(str.upper(self))

    def lower(self) -> "Trusted":
        return self._recased(str.lower(self))

    def title(self) -> "Trusted":
        return self._recased(str.title(self))

    def capitalize(self) -> "Trusted":
        return self._recased(str.capitalize(self))

    def _recased(self, text: str) -> "Trusted":
        return Trusted(text, self.mask if len(text) == len(self) else _THEIRS * len(text))

    def _untrusted(self) -> "Trusted":
        return Trusted(str.__str__(self), _THEIRS * len(self))

    def _cut(self, parts: list[str]) -> list[str]:
        """The parts, found again one after the other, with their own stretch of the mask."""
        found, at = [], 0
        for part in parts:
            at = self.index(part, at)
            found.append(Trusted(part, self.mask[at : at + len(part)]))
            at += len(part)
        return list(found)


def mask_of(text: str) -> bytes:
    return text.mask if isinstance(text, Trusted) else _THEIRS * len(text)


def joined(parts: Iterable[Any], separator: str = "") -> Trusted:
    """''.join, of anything, with its masks."""
    texts = [part if isinstance(part, str) else str(part) for part in parts]
    return Trusted(
        str.join(separator, texts), mask_of(separator).join(mask_of(text) for text in texts)
    )

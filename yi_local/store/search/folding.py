"""Text made comparable: one width, one case, no accents; each character knows where it stood."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Full-width forms and the other marks of Chinese text that compatibility folding changes, one
# character for one: most text is then folded by the fast way.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x00A0: " ",
    0x2026: " ",  # "…" is no word; it would become three dots
}
# Letters with accents, and what may be an accent; Latin, Greek, Cyrillic.
_ACCENTED = re.compile("[\u00aa-\u024f\u0300-\u036f\u0370-\u03ff\u0400-\u052f\u1d00-\u1fff]")
_ACCENTS = re.compile("[\u0300-\u036f]+")
# What is one character only together: a letter with its marks, a kana with its sound mark also in
# half width, a syllable of Hangul in pieces.
_CLUSTER = re.compile(
    "[\u1100-\u115f][\u1160-\u11a7]?[\u11a8-\u11ff]?|.[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Folded:
    text: str
    origins: Sequence[int]  # of each character and of the end: its place in the original

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of the folded text lies in the original, never empty."""
        first = self.origins[start]
        return first, max(self.origins[end], first + 1)


def folded(text: str) -> Folded:
    text = text.translate(_WIDE)
    if not _ACCENTED.search(text) and unicodedata.is_normalized("NFKC", text):
        lower = text.casefold()
        if len(lower) == len(text):
            return Folded(lower, range(len(text) + 1))
    pieces, origins = [], []
    for match in _CLUSTER.finditer(text):
        piece = _fold(match[0])
        pieces.append(piece)
        origins += [match.start()] * len(piece)
    return Folded("".join(pieces), [*origins, len(text)])


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    whole = unicodedata.normalize("NFKC", cluster).casefold()
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFD", whole)))

"""Tokens of texts: counted by the model where it is loaded, else estimated."""

import re
from collections.abc import Callable
from hashlib import blake2b
from math import ceil

from yi_local.engine.asking import Asking
from yi_local.errors import CannotLoad, EngineDied

_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_LATIN_PER_TOKEN = 4.0  # characters; typical of English in vocabularies of 32,000 and more
_WIDE_PER_TOKEN = 1.5  # characters; typical of Chinese in Yi's vocabulary


class Counter:
    """Of one model file. Every text is counted once; only its digest is remembered."""

    def __init__(self, engine: Callable[[], Asking]) -> None:
        self._engine = engine
        self._counted: dict[bytes, int] = {}

    @property
    def counts(self) -> bool:
        """Whether the model can be asked now."""
        return self._engine().ready

    def count(self, text: str) -> tuple[int, bool]:
        """Its tokens, and whether that is an estimate."""
        if not text:
            return 0, False
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._counted.get(key)
        if known is not None:
            return known, False
        if not self.counts:
            return estimate(text), True
        try:
            counted = self._engine().text_tokens(text)
        except (EngineDied, CannotLoad):  # it has just gone
            counted = None
        if counted is None:
            return estimate(text), True
        self._counted[key] = counted
        return counted, False


def estimate(text: str) -> int:
    wide = len(_WIDE.findall(text))
    return ceil((len(text) - wide) / _LATIN_PER_TOKEN + wide / _WIDE_PER_TOKEN)

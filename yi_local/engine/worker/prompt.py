"""From rendered text to token ids, so that nothing a user pastes becomes a special token."""

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from yi_local.engine.worker.provenance import mask_of

_GUARD = "\n"  # stands in for the text before a cut; merges with nothing in any known vocabulary


class Vocabulary(Protocol):
    """What the loaded model's tokenizer has to offer."""

    def tokenize(self, text: str, parse_special: bool) -> list[int]:
        """Never adds BOS or EOS."""

    @property
    def special_literals(self) -> Mapping[str, int]:
        """The texts that `tokenize` takes for one special token."""

    @property
    def text_only_literals(self) -> Mapping[str, int]:
        """Markers the file stores as ordinary text: `tokenize` does not see them."""

    @property
    def bos(self) -> int | None: ...

    @property
    def add_bos(self) -> bool: ...


class Assembler:
    """Tokenizes whole prompts: one call where nobody tries anything, as llama.cpp would.

    A marker counts only where the template wrote all of it. Where a user's text spells one, in
    part or whole, the text is cut inside it, and the parts are tokenized separately: llama.cpp
    matches user-defined tokens even with special tokens off, so switching them off is not enough.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        literals = {*vocabulary.special_literals, *vocabulary.text_only_literals} - {""}
        longest_first = "|".join(map(re.escape, sorted(literals, key=len, reverse=True)))
        self._anywhere = re.compile(f"(?=({longest_first}))") if literals else None

    def token_ids(self, rendered: str) -> list[int]:
        """`rendered` is Trusted where the template wrote it; a plain str holds no markers."""
        text, mask = str.__str__(rendered), mask_of(rendered)
        ids: list[int] = []
        at = 0
        for start, end, token in [*self._breaks(text, mask), (len(text), len(text), None)]:
            ids += self._tokenize(text[at:start], first=at == 0)
            if token is not None:
                ids.append(token)
            at = end
        return self._with_one_bos(ids)

    def _breaks(self, text: str, mask: bytes) -> Iterator[tuple[int, int, int | None]]:
        """Where to end one part and begin the next: a cut, or a marker with its id between."""
        if self._anywhere is None:
            return
        done = 0
        for match in self._anywhere.finditer(text):
            start, end = match.span(1)
            if start < done:
                continue
            if 0 in mask[start:end]:  # forged: cut behind its first character
                if end - start > 1:
                    yield start + 1, start + 1, None
            elif match[1] in self._vocabulary.text_only_literals:
                yield start, end, self._vocabulary.text_only_literals[match[1]]
                done = end
            else:
                done = end

    def _tokenize(self, part: str, first: bool) -> list[int]:
        """A part behind a cut must not get the space that a text's beginning may get."""
        if not part:
            return []
        if not first:
            guard = self._vocabulary.tokenize(_GUARD, parse_special=True)
            ids = self._vocabulary.tokenize(_GUARD + part, parse_special=True)
            if ids[: len(guard)] == guard:
                return ids[len(guard) :]
        return self._vocabulary.tokenize(part, parse_special=True)

    def _with_one_bos(self, ids: list[int]) -> list[int]:
        bos = self._vocabulary.bos
        if bos is None:
            return ids
        if self._vocabulary.add_bos and ids[:1] != [bos]:
            return [bos, *ids]
        while ids[:2] == [bos, bos]:
            ids = ids[1:]
        return ids

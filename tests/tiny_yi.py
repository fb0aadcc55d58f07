"""Writes tiny GGUF files with the real Yi vocabulary, in the states in which Yi files are found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_gguf import (
    BYTE,
    CHATML,
    CONTROL,
    NORMAL,
    UNKNOWN,
    USER_DEFINED,
    Vocabulary,
    write_tiny,
)

_TOKENIZER = Path(__file__).parent / "data" / "yi-tokenizer"
_FIRST_BYTE = 305  # id of <0x00>; all of Yi's user-defined tokens stand before it
_ADDED_TOKENS = (0, 1, 2, 6, 7, 8)  # added_tokens_decoder of Yi's tokenizer_config.json

# letter: token types, eos, add_bos_token, add_space_prefix, chat_template
_VARIANTS: Mapping[str, tuple[str, int, bool | None, bool | None, str | None]] = {
    "A": ("normal", 2, None, None, None),  # as converted in November 2023
    "B": ("sp", 2, None, None, None),
    "C": ("modern", 2, False, None, CHATML),
    "D": ("modern", 7, False, None, CHATML),
    "E": ("modern", 7, False, False, CHATML),  # healthy
    "F": ("sp", 7, False, False, CHATML),  # healthy
    "G": ("normal", 2, False, False, None),
}


def write_yi(
    path: Path,
    *,
    types: str = "modern",
    template: str | None = CHATML,
    metadata: Mapping[str, Any] | None = None,
    weights: bool = True,
) -> Path:
    """A healthy Yi-6B-Chat of one block with the real vocabulary: 16 MB with its weights.

    `types`: "modern"; "sp", SentencePiece's own; "normal", as early converters wrote them.
    """
    return write_tiny(
        path,
        vocabulary=yi_vocabulary(types),
        template=template,
        eos="<|im_end|>",
        n_ctx_train=4096,
        n_layer=1,
        weights=weights,
        metadata={
            "general.name": "Yi-6B-Chat",
            "tokenizer.ggml.padding_token_id": 0,
            **(metadata or {}),
        },
    )


def yi_variant(path: Path, letter: str, *, weights: bool = True) -> Path:
    """Yi as its files are found: A, B, C, D and G have defects, E and F are healthy."""
    types, eos, add_bos, add_space_prefix, template = _VARIANTS[letter]
    return write_yi(
        path,
        types=types,
        template=template,
        weights=weights,
        metadata={
            "tokenizer.ggml.eos_token_id": eos,
            "tokenizer.ggml.add_bos_token": add_bos,
            "tokenizer.ggml.add_space_prefix": add_space_prefix,
        },
    )


def yi_tokenizer() -> Any:
    """SentencePiece with Yi's model, the oracle of token ids. Skips where its file is not there."""
    sentencepiece = pytest.importorskip("sentencepiece")
    model = _TOKENIZER / "tokenizer.model"
    if not model.exists():
        pytest.skip("tests/data/yi-tokenizer/tokenizer.model is not there")
    return sentencepiece.SentencePieceProcessor(model_file=str(model))


def yi_vocabulary(types: str) -> Vocabulary:
    tokenizer = yi_tokenizer()
    ids = range(tokenizer.vocab_size())
    kinds = [_yi_type(tokenizer, token, types) for token in ids]
    scores = [tokenizer.get_score(token) for token in ids]
    if types == "modern":
        for token in _ADDED_TOKENS:
            kinds[token], scores[token] = CONTROL, -1000.0
    return Vocabulary([tokenizer.id_to_piece(token) for token in ids], kinds, scores)


def _yi_type(tokenizer: Any, token: int, types: str) -> int:
    if tokenizer.is_unknown(token):
        return UNKNOWN
    if tokenizer.is_control(token):
        return CONTROL
    if tokenizer.is_byte(token):
        return BYTE
    return NORMAL if types == "normal" or token > _FIRST_BYTE else USER_DEFINED

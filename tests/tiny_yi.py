"""Writes tiny GGUF files with the real Yi vocabulary, in the states in which Yi files are found."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sentencepiece import SentencePieceProcessor
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

_FOLDER = Path(__file__).parent / "data" / "yi-tokenizer"

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


def yi_tokenizer() -> SentencePieceProcessor:
    """The oracle of token ids. Skips the test where its file is not there."""
    model = _FOLDER / "tokenizer.model"
    if not model.exists():
        pytest.skip("tests/data/yi-tokenizer/tokenizer.model is not there")
    return SentencePieceProcessor(model_file=str(model))


def yi_variant(
    path: Path,
    letter: str,
    *,
    name: str | None = "Yi-6B-Chat",
    metadata: Mapping[str, Any] | None = None,
    weights: bool = True,
) -> Path:
    """Variant A to G; about 17 MB with weights."""
    kinds, eos, add_bos, add_space_prefix, template = _VARIANTS[letter]
    return write_tiny(
        path,
        vocabulary=yi_vocabulary(kinds),
        template=template,
        bos="<|startoftext|>",
        eos="<|im_end|>" if eos == 7 else "<|endoftext|>",
        add_bos=add_bos,
        name=name,
        n_ctx_train=4096,
        n_layer=1,
        weights=weights,
        metadata={
            "llama.rope.freq_base": 5e6,
            "tokenizer.ggml.padding_token_id": 0,
            "tokenizer.ggml.add_space_prefix": add_space_prefix,
            **(metadata or {}),
        },
    )


def yi_vocabulary(kinds: str) -> Vocabulary:
    """`kinds`: "normal" (early converters), "sp" (SentencePiece's own types) or "modern"."""
    tokenizer = yi_tokenizer()
    ids = range(tokenizer.vocab_size())
    types = [_type(tokenizer, token) for token in ids]
    scores = [tokenizer.get_score(token) for token in ids]
    if kinds == "normal":
        types = [NORMAL if kind == USER_DEFINED else kind for kind in types]
    if kinds == "modern":
        for token in _added_tokens():
            types[token], scores[token] = CONTROL, -1000.0
    return Vocabulary("llama", [tokenizer.id_to_piece(token) for token in ids], types, scores)


def _type(tokenizer: SentencePieceProcessor, token: int) -> int:
    if tokenizer.is_unknown(token):
        return UNKNOWN
    if tokenizer.is_control(token):
        return CONTROL
    if tokenizer.is_byte(token):
        return BYTE
    return USER_DEFINED if tokenizer.id_to_piece(token) in _user_defined(tokenizer) else NORMAL


def _added_tokens() -> list[int]:
    config = json.loads((_FOLDER / "tokenizer_config.json").read_text("utf-8"))
    return [int(token) for token in config["added_tokens_decoder"]]

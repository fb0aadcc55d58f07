"""Writes GGUF files whose header is real, and whose weights are a hole in the file.

The zeros that a hole reads as cost no disk, and yet llama.cpp loads and decodes them.
"""

import os
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

from tests.tiny_gguf import NORMAL, small_bpe_vocabulary, small_vocabulary


class Tensor(NamedTuple):
    name: str
    ne: tuple[int, ...]  # ggml's order: ne[0] is the length of a row
    type: Type

    @property
    def n_bytes(self) -> int:
        block, size = gguf.GGML_QUANT_SIZES[self.type]
        return prod(self.ne) // block * size


def write_sparse(
    path: Path,
    architecture: str,
    values: Mapping[str, Any],
    tensors: Iterable[Tensor],
    *,
    bpe: bool = False,
) -> Path:
    """A complete file by its size; on disk it takes no more than the header.

    `values` are hyperparameters without the architecture's name, vocab_size among them. `bpe`
    gives a vocabulary with as many merges instead of SentencePiece's kind.
    """
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in values.items():
        kind = gguf.GGUFValueType.get_type(value)
        whole = kind == gguf.GGUFValueType.INT32
        kind = gguf.GGUFValueType.UINT32 if whole else kind
        writer.add_key_value(f"{architecture}.{key}", value, kind)
    (_add_bpe if bpe else _add_spm)(writer, values["vocab_size"])
    data_bytes = sum(_add_tensor_info(writer, tensor) for tensor in tensors)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    os.truncate(path, _padded(path.stat().st_size) + data_bytes)
    return path


def _add_spm(writer: gguf.GGUFWriter, n_vocab: int) -> None:
    """Bytes and letters, then made-up words."""
    small = small_vocabulary()
    numbers = range(n_vocab - len(small.tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([*small.tokens, *(f"▁word{number}" for number in numbers)])
    writer.add_token_scores([*small.scores, *(-100.0 - number for number in numbers)])
    writer.add_token_types([*small.types, *[NORMAL] * len(numbers)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)


def _add_bpe(writer: gguf.GGUFWriter, n_vocab: int) -> None:
    """GPT-2's bytes, then made-up words with a merge for each; the markers stay last."""
    small = small_bpe_vocabulary()
    n_markers = 3
    words = [f"Ġw{number}" for number in range(n_vocab - len(small.tokens))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([*small.tokens[:-n_markers], *words, *small.tokens[-n_markers:]])
    types = [*small.types[:-n_markers], *[NORMAL] * len(words), *small.types[-n_markers:]]
    writer.add_token_types(types)
    writer.add_token_merges([*small.merges, *(f"{word[:-1]} {word[-1]}" for word in words)])
    writer.add_eos_token_id(n_vocab - 1)


def _add_tensor_info(writer: gguf.GGUFWriter, tensor: Tensor) -> int:
    """Returns the bytes that it takes in the file."""
    block, size = gguf.GGML_QUANT_SIZES[tensor.type]
    *outer, row = reversed(tensor.ne)
    shape = [*outer, row // block * size]  # of a row the package wants the bytes
    bytes_type = np.dtype(np.uint8)
    writer.add_tensor_info(tensor.name, shape, bytes_type, tensor.n_bytes, raw_dtype=tensor.type)
    return _padded(tensor.n_bytes)


def _padded(n_bytes: int) -> int:
    return gguf.GGUFWriter.ggml_pad(n_bytes, gguf.GGUF_DEFAULT_ALIGNMENT)

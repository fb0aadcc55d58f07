"""What the planner knows of a model file, taken from the headers of all its shards."""

import re
from collections.abc import Sequence
from typing import Any

from yi_local.errors import CannotLoad
from yi_local.gguf_file import GgufHeader, SkippedArray, TensorInfo
from yi_local.language import tr
from yi_local.planner.formulas.shape import LOOKUP_TABLES, block_of, rows_of_embedding, tied_table
from yi_local.planner.plan import ModelFile

_EXPERTS = re.compile(r"_exps\.")  # a matrix that holds one for each expert


def model_file(
    headers: Sequence[GgufHeader],
    *,
    path: str,
    name: str,
    size_bytes: int,
    quant: str | None = None,
) -> ModelFile:
    """`quant` is the name's, which tells more than the header's ("UD-Q4_K_XL" is no file type).

    Raises CannotLoad for a header that is no model's, and for tensors of a type not known here.
    """
    first = headers[0]
    tensors = [tensor for header in headers for tensor in header.tensors]
    architecture = first.architecture
    n_layer = first.integer(f"{architecture}.block_count")
    n_params = sum(tensor.n_elements for tensor in tensors)
    if architecture is None or n_layer is None or n_layer < 1 or not n_params:
        raise CannotLoad(
            tr(
                "{name} is no language model: its header names no architecture, layers or weights.",
                name=name,
            ),
            tr("Choose another file of the same model."),
        )
    n_ctx_train = first.integer(f"{architecture}.context_length") or 0
    active, idle_bytes = _reads(first, architecture, n_layer, tensors)
    return ModelFile(
        name=name,
        path=path,
        architecture=architecture,
        quant=quant or first.quant,
        size_bytes=size_bytes,
        weights_bytes=sum(map(_bytes_of, tensors)),
        n_params=n_params,
        active_bytes=sum(int(share * _bytes_of(tensor)) for tensor, share in active),
        active_params=sum(int(share * tensor.n_elements) for tensor, share in active),
        idle_bytes=idle_bytes,
        n_layer=n_layer,
        n_ctx_train=n_ctx_train if n_ctx_train > 0 else None,
        n_vocab=first.n_vocab or rows_of_embedding(tensors),
        n_merges=_length(first, "tokenizer.ggml.merges"),
        imatrix=any(key.startswith("quantize.imatrix.") for key in first.metadata),
    )


def _reads(
    header: GgufHeader, architecture: str, n_layer: int, tensors: Sequence[TensorInfo]
) -> tuple[list[tuple[TensorInfo, float]], int]:
    """The tensors read for each token, with the share of each; the bytes never read as a whole.

    A lookup table gives one row, blocks for drafting (after the trunk) are not even loaded.
    """
    n_trunk = n_layer - (header.integer(f"{architecture}.nextn_predict_layers") or 0)
    tied = tied_table(tensors)
    share = _expert_share(header, architecture)
    active, idle_bytes = [], 0
    for tensor in tensors:
        is_lookup = tensor.name.startswith(LOOKUP_TABLES) and tensor not in tied
        if is_lookup or (block_of(tensor) or 0) >= n_trunk:
            idle_bytes += _bytes_of(tensor)
        else:
            active.append((tensor, share if _EXPERTS.search(tensor.name) else 1.0))
    return active, idle_bytes


def _expert_share(header: GgufHeader, architecture: str) -> float:
    """Of the experts, how many a token goes through; where blocks differ, on average."""
    used: Any = header.metadata.get(f"{architecture}.expert_used_count")
    count = header.integer(f"{architecture}.expert_count")
    numbers = used if isinstance(used, list) else [used]
    if not count or not numbers or not all(isinstance(number, int) for number in numbers):
        return 1.0
    return max(0.0, min(1.0, sum(numbers) / len(numbers) / count))


def _bytes_of(tensor: TensorInfo) -> int:
    if tensor.n_bytes is None:
        raise CannotLoad(
            tr(
                "The tensor {name!r} is of type {ggml_type}, which is not known.",
                name=tensor.name[:64],
                ggml_type=tensor.ggml_type,
            ),
            tr("A newer yi_local may know it."),
        )
    return tensor.n_bytes


def _length(header: GgufHeader, key: str) -> int:
    value = header.metadata.get(key)
    return value.length if isinstance(value, SkippedArray) else len(value or ())

"""A model as the formulas see it: its tensors by layer, its sizes, what its blocks remember."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yi_local.gguf_file import GgufHeader, TensorInfo
from yi_local.planner.formulas.block_memory import BlockMemory, memory_of_blocks
from yi_local.planner.formulas.hyperparameters import Hyperparameters, Unknowable

# Tables of which a token needs one row; they stay in RAM (LLM_TENSOR_LAYER_INPUT).
LOOKUP_TABLES = ("token_embd.", "position_embd.", "token_types.", "per_layer_token_embd.")
_OUTPUT = ("output", "cls", "dense", "altup", "dec.output", "enc.output")  # prefixes of names
_BLOCK = re.compile(r"blk\.(\d+)\.")
_TOKEN_EMBEDDING = "token_embd.weight"


@dataclass(frozen=True, slots=True)
class ModelShape:
    lookup: tuple[TensorInfo, ...]
    blocks: tuple[tuple[TensorInfo, ...], ...]
    output: tuple[TensorInfo, ...]
    tied: tuple[TensorInfo, ...]  # the token table, where it is the output matrix too
    memory: tuple[BlockMemory, ...]  # one for each block
    n_vocab: int
    n_embd: int
    n_head: int
    q_elements: int  # of one token's queries
    kv_elements: int
    n_ff: int  # the widest of dense blocks; 0 where all have experts
    n_ff_expert: int
    n_expert: int
    n_expert_used: int
    shares_expert: bool
    d_inner: int  # of recurrent blocks
    n_convolved: int  # channels of their convolution


def model_shape(headers: Sequence[GgufHeader]) -> ModelShape | None:
    """From the headers of all shards, the first one leading; None where no formula would hold."""
    try:
        return _shape(headers)
    except Unknowable:
        return None


def block_of(tensor: TensorInfo) -> int | None:
    match = _BLOCK.match(tensor.name)
    return int(match[1]) if match else None


def tied_table(tensors: Iterable[TensorInfo]) -> tuple[TensorInfo, ...]:
    """The token table of a model that has no output matrix: it then serves as both."""
    by_name = {tensor.name: tensor for tensor in tensors}
    if "output.weight" in by_name or _TOKEN_EMBEDDING not in by_name:
        return ()
    return (by_name[_TOKEN_EMBEDDING],)


def rows_of_embedding(tensors: Iterable[TensorInfo]) -> int | None:
    return next(
        (
            tensor.shape[1]
            for tensor in tensors
            if tensor.name == _TOKEN_EMBEDDING and len(tensor.shape) > 1
        ),
        None,
    )


def _shape(headers: Sequence[GgufHeader]) -> ModelShape:
    parameters = Hyperparameters(headers[0])
    tensors = [tensor for header in headers for tensor in header.tensors]
    if any(tensor.n_bytes is None for tensor in tensors):
        raise Unknowable("a tensor of unknown type")
    lookup, blocks, output = _by_layer(tensors, parameters.n_block, parameters.n_trunk)
    memory = memory_of_blocks(parameters)
    number = parameters.number
    d_inner = number("ssm.inner_size", 0)
    tied = tied_table(tensors)
    n_expert = number("expert_count", 0)
    is_dense = not n_expert or any(".ffn_down.weight" in tensor.name for tensor in tensors)
    return ModelShape(
        lookup=tuple(lookup),
        blocks=tuple(map(tuple, blocks)),
        output=tuple(output),
        tied=tied,
        memory=memory,
        n_vocab=headers[0].n_vocab or rows_of_embedding(tensors) or 0,
        n_embd=parameters.n_embd,
        n_head=max(parameters.n_head),
        q_elements=max(parameters.n_head) * parameters.k_length,
        kv_elements=max(block.k_elements for block in memory),
        n_ff=max(parameters.n_ff) if is_dense else 0,
        n_ff_expert=max(parameters.per_block("expert_feed_forward_length", parameters.n_ff)),
        n_expert=n_expert,
        n_expert_used=max(parameters.per_block("expert_used_count", [0])),
        shares_expert=any("_shexp." in tensor.name for tensor in tensors),
        d_inner=d_inner,
        n_convolved=d_inner + 2 * number("ssm.group_count", 0) * number("ssm.state_size", 0),
    )


def _by_layer(
    tensors: Iterable[TensorInfo], n_block: int, n_trunk: int
) -> tuple[list[TensorInfo], list[list[TensorInfo]], list[TensorInfo]]:
    lookup: list[TensorInfo] = []
    output: list[TensorInfo] = []
    blocks: list[list[TensorInfo]] = [[] for _ in range(n_block)]
    for tensor in tensors:
        block = block_of(tensor)
        if block is not None:
            if block < n_trunk:
                blocks[block].append(tensor)
        elif tensor.name.startswith(LOOKUP_TABLES):
            lookup.append(tensor)
        elif tensor.name.startswith(_OUTPUT):
            output.append(tensor)
        else:  # norms of the embedding, RoPE factors: a few KB beside the first block
            blocks[0].append(tensor)
    return lookup, blocks, output

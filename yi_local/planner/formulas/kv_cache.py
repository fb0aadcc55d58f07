"""The bytes of the KV cache and of recurrent states, block by block (memory.md, 7.3 and 7.4)."""

from yi_local.gguf_file import GGML_TYPES
from yi_local.planner.formulas.block_memory import BlockMemory
from yi_local.planner.formulas.hyperparameters import Unknowable
from yi_local.types import LoadOptions

_CELLS_MULTIPLE = 256  # src/llama-context.cpp, src/llama-kv-cache-iswa.cpp
_STATE_BYTES = 4  # f32, whatever the type of the KV cache
_TYPES = {kind.name.lower(): kind for kind in GGML_TYPES.values()}


def padded_n_ctx(n_ctx: int) -> int:
    return -(-n_ctx // _CELLS_MULTIPLE) * _CELLS_MULTIPLE


def n_ubatch(options: LoadOptions, n_ctx: int) -> int:
    """Tokens computed at once: no more than a batch, which is no more than the context."""
    return min(options.n_ubatch, options.n_batch, n_ctx)


def cells(window: int | None, options: LoadOptions, n_ctx: int) -> int:
    """Tokens that a block can remember: the engine's cache is one for all sequences (unified)."""
    whole = padded_n_ctx(n_ctx)
    if window is None:
        return whole
    seen = window * options.n_seq_max + n_ubatch(options, n_ctx)
    return padded_n_ctx(min(whole, seen))


def kv_cache_bytes(block: BlockMemory, options: LoadOptions, n_ctx: int) -> int:
    """The state of a recurrent block included."""
    row = _row_bytes(options.type_k, block.k_elements) + _row_bytes(
        options.type_v, block.v_elements
    )
    state = block.state_elements * _STATE_BYTES * max(1, options.n_seq_max)
    return cells(block.window, options, n_ctx) * row + state


def _row_bytes(type_name: str, elements: int) -> int:
    kind = _TYPES.get(type_name)
    if kind is None or elements % kind.block_elements:
        raise Unknowable(f"a KV cache of {elements} elements a token in {type_name}")
    return elements // kind.block_elements * kind.block_bytes

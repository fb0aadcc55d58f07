"""An estimate of llama.cpp's compute buffers, for where it cannot be asked.

The buffer holds the largest set of tensors that live at once while n_ubatch tokens pass one block.
The stages below were fitted to CPU dry runs of llama.cpp 0c1e57098 for 14 full-sized shapes (dense,
experts, MLA, sliding windows, Mamba, hybrids): with flash attention 3 % under to 9 % over, without
it 11 % under (MLA) to 22 % over (a hybrid). Of 20 tiny models some were further off, by a few MiB.
"""

from yi_local.planner.formulas.kv_cache import cells, n_ubatch, padded_n_ctx
from yi_local.planner.formulas.shape import ModelShape
from yi_local.planner.sizes import MIB
from yi_local.types import LoadOptions

_F16, _F32 = 2, 4  # bytes
_Q8_K_BYTES = 292 / 256  # an activation, rounded for the product with K-quants (ggml-common.h)
_EXPERT_ROUTE_BYTES = 8  # for each expert, token and choice (mul_mat_id in ggml-cpu.c)
_THREAD_BYTES = MIB // 2  # flash attention's tiles in ggml-cpu.c, measured


def block_compute_bytes(shape: ModelShape, options: LoadOptions, n_ctx: int) -> int:
    """On a device that computes blocks."""
    n_tokens = n_ubatch(options, n_ctx)
    widest = max(_feed_forward(shape), _experts(shape), _attention(shape, options, n_ctx))
    block = _F32 * n_tokens * widest + _states(shape, options)
    # The logits of a large vocabulary can outweigh the block of a small model.
    return max(block, output_compute_bytes(shape, options, n_ctx)) + mask_bytes(
        shape, options, n_ctx
    )


def output_compute_bytes(shape: ModelShape, options: LoadOptions, n_ctx: int) -> int:
    """Where only the output is computed: logits for one token of each sequence."""
    n_tokens = n_ubatch(options, n_ctx)
    return _F32 * (n_tokens * shape.n_embd + options.n_seq_max * shape.n_vocab)


def input_compute_bytes(shape: ModelShape, options: LoadOptions, n_ctx: int) -> int:
    """Where only the embedding is looked up; the attention mask is built there too."""
    return n_ubatch(options, n_ctx) * (2 * _F32 * shape.n_embd + _mask_bytes(shape, options, n_ctx))


def mask_bytes(shape: ModelShape, options: LoadOptions, n_ctx: int) -> int:
    return n_ubatch(options, n_ctx) * _mask_bytes(shape, options, n_ctx)


def work_bytes(shape: ModelShape, options: LoadOptions, n_ctx: int) -> int:
    """The CPU's scratch for one product, or for attention (memory.md, T4), when it computes."""
    n_tokens = n_ubatch(options, n_ctx)
    dense = int(max(shape.n_ff, shape.n_embd, shape.d_inner) * _Q8_K_BYTES)
    route = shape.n_expert * shape.n_expert_used * _EXPERT_ROUTE_BYTES
    experts = int(shape.n_expert_used * shape.n_ff_expert * _Q8_K_BYTES) + route
    product = n_tokens * max(dense, experts) + (options.n_threads or 1) * _THREAD_BYTES
    if options.flash_attention is False:
        return max(product, n_tokens * padded_n_ctx(n_ctx) * shape.n_head * _F16)
    return product


def _feed_forward(shape: ModelShape) -> int:
    return 3 * shape.n_ff + 4 * shape.n_embd


def _experts(shape: ModelShape) -> int:
    if not shape.n_expert:
        return 0
    used, n_ff, n_embd = shape.n_expert_used, shape.n_ff_expert, shape.n_embd
    joined = 2 * used * (n_embd + n_ff) + (2 * n_embd if shape.shares_expert else 0)
    return max(3 * used * n_ff + 4 * n_embd, joined)


def _attention(shape: ModelShape, options: LoadOptions, n_ctx: int) -> int:
    recurrent = 3 * shape.d_inner + 4 * shape.n_convolved
    inputs = 3 * shape.n_embd + 2 * (shape.q_elements + shape.kv_elements)
    scores = shape.n_head * padded_n_ctx(n_ctx) if options.flash_attention is False else 0
    return max(recurrent, inputs + scores)


def _states(shape: ModelShape, options: LoadOptions) -> int:
    """One block's recurrent state, once more, for every sequence."""
    largest = max(block.state_elements for block in shape.memory)
    return _F32 * largest * max(1, options.n_seq_max)


def _mask_bytes(shape: ModelShape, options: LoadOptions, n_ctx: int) -> int:
    """For each token: a mask over the cells of each kind of cache."""
    windows = {block.window for block in shape.memory if block.k_elements}
    n_cells = sum(cells(window, options, n_ctx) for window in windows)
    return n_cells * (_F32 if options.flash_attention is False else _F16)

"""Which blocks of a model keep a state of fixed size, and how large it is.

Mamba, RWKV and the hybrids of these with attention: src/llama-hparams.cpp (`n_embd_r`, `n_embd_s`)
and src/models/*.cpp at 0c1e57098.
"""

from yi_local.planner.formulas.hyperparameters import Hyperparameters

_RECURRENT = {"arwkv7", "mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7"}  # every block
_PARALLEL = {"falcon-h1"}  # every block, beside its attention
_BY_KV_HEADS = {  # the blocks without KV heads
    "granitehybrid",
    "jamba",
    "kimi-linear",
    "lfm2",
    "lfm2moe",
    "nemotron_h",
    "nemotron_h_moe",
    "plamo2",
}
_BY_INTERVAL = {"qwen35", "qwen35moe", "qwen3next"}  # all but each so many-th


def recurrent_blocks(parameters: Hyperparameters) -> list[bool]:
    architecture, n_block = parameters.architecture, parameters.n_block
    if architecture in _RECURRENT | _PARALLEL:
        return [True] * n_block
    if architecture in _BY_INTERVAL:
        return _by_interval(parameters)
    if architecture in _BY_KV_HEADS:
        # In Nemotron-H a block is one of three: recurrent, attention, or feed-forward alone.
        three_kinds = architecture.startswith("nemotron_h")
        return [
            not heads and not (three_kinds and n_ff)
            for heads, n_ff in zip(parameters.n_head_kv, parameters.n_ff, strict=True)
        ]
    return [False] * n_block


def attends_too(parameters: Hyperparameters) -> bool:
    """Whether a recurrent block has attention beside its state."""
    return parameters.architecture in _PARALLEL


def state_elements(parameters: Hyperparameters) -> int:
    """f32 values of one recurrent block for one sequence, whatever the context."""
    number, n_embd = parameters.number, parameters.n_embd
    d_inner, d_state = number("ssm.inner_size", 0), number("ssm.state_size", 0)
    d_conv = number("ssm.conv_kernel", 0)
    if wkv := number("wkv.head_size", 0):
        return n_embd * (number("token_shift_count", 2) + wkv)
    if l_cache := number("shortconv.l_cache", 0):
        return n_embd * (l_cache - 1) + d_state * d_inner
    if kda := number("kda.head_dim", 0):
        n_head = parameters.n_head[0]
        return n_head * kda * (3 * (d_conv - 1 if d_conv else 3) + kda)
    convolution = max(d_conv - 1, 0) * (d_inner + 2 * number("ssm.group_count", 0) * d_state)
    return convolution + d_state * d_inner


def _by_interval(parameters: Hyperparameters) -> list[bool]:
    interval = max(parameters.number("full_attention_interval", 4), 1)
    default = [(block + 1) % interval != 0 for block in range(parameters.n_block)]
    listed = parameters.per_block("attention.recurrent_layers", default)
    return [bool(flag) and block < parameters.n_trunk for block, flag in enumerate(listed)]

"""What each block of a model remembers of the tokens it has seen."""

from dataclasses import dataclass

from yi_local.planner.formulas.hyperparameters import Hyperparameters, Unknowable
from yi_local.planner.formulas.recurrence import attends_too, recurrent_blocks, state_elements
from yi_local.planner.formulas.sliding_window import windows

# Their caches follow rules of their own (llama_model::create_memory in src/llama-model.cpp).
_OWN_RULES = {
    "bailingmoe3",
    "deepseek4",
    "dflash",
    "eagle3",
    "gemma4-assistant",
    "kimi-k3",
    "minimax-01",
    "nanbeige",
    "t5",
}


@dataclass(frozen=True, slots=True)
class BlockMemory:
    k_elements: int  # of one token's keys; 0 where none are kept
    v_elements: int
    window: int | None  # tokens that it looks back; None: all of them
    state_elements: int  # f32, of one sequence, whatever its length


def memory_of_blocks(parameters: Hyperparameters) -> tuple[BlockMemory, ...]:
    """Raises Unknowable for architectures with caches that no formula here describes."""
    if parameters.architecture in _OWN_RULES or parameters.has(".indexer."):
        raise Unknowable(f"the caches of {parameters.architecture}")
    recurrent, window = recurrent_blocks(parameters), windows(parameters)
    state = state_elements(parameters)
    return tuple(
        BlockMemory(
            *_kv_elements(parameters, block, window[block], recurrent[block]),
            window=window[block],
            state_elements=state if recurrent[block] else 0,
        )
        for block in range(parameters.n_block)
    )


def _kv_elements(
    parameters: Hyperparameters, block: int, window: int | None, recurrent: bool
) -> tuple[int, int]:
    """Of one token's keys and of its values."""
    keeps_none = recurrent and not attends_too(parameters)
    if (
        keeps_none
        or block >= _first_without_kv(parameters)
        or parameters.flag("attention.causal") is False
    ):
        return 0, 0
    n_head_kv = parameters.n_head_kv[block]
    k_length, v_length = parameters.k_length, parameters.v_length
    if window is not None:
        k_length = parameters.number("attention.key_length_swa", k_length)
        v_length = parameters.number("attention.value_length_swa", v_length)
    # Latent attention (MLA) keeps one compressed key, and computes the values from it.
    is_mla = parameters.optional("attention.key_length_mla") is not None
    return n_head_kv * k_length, 0 if is_mla else n_head_kv * v_length


def _first_without_kv(parameters: Hyperparameters) -> int:
    """The blocks from here on use an earlier block's cache, or are left out."""
    if parameters.architecture == "gemma3n":
        return min(20, parameters.n_block)  # n_layer_kv_from_start (src/models/gemma3n.cpp)
    if parameters.architecture == "gemma4":
        return parameters.n_block - parameters.number("attention.shared_kv_layers", 0)
    return parameters.n_trunk

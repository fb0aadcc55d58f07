"""The order of plans: what is given up last counts first (memory.md, section 9).

1  n_ubatch 512 -> 256 -> 128        in the cost
2  KV cache in q8_0                  in the cost
3  context, down to the least        in the cost
4  quant, down to Q4_K_M / IQ4_XS    in the cost; first of all down to Q6_K
5  layers off the GPU
6  Q3_K_M / IQ3
7  a smaller model
"""

from math import log2
from typing import NamedTuple

from yi_local.hardware.snapshot import Hardware
from yi_local.planner.contexts import goal_n_ctx
from yi_local.planner.plan import Candidate, Speed, Wish
from yi_local.planner.quality import has_few_bits, is_below_q6, is_q3_class, quality_cost

_CONTEXT_COST = 0.02  # for each halving below the goal
_KV_COST = {"f32": 0.0, "bf16": 0.0, "f16": 0.0, "q8_0": 0.002}
_OTHER_KV_COST = 0.03  # q4_0, and what nobody has measured
_UBATCH, _UBATCH_COST = 512, 0.0005  # for each halving; prefill is slower, answers are the same
_SPEED_COST, _COMFORT = 0.05, 2.5  # for each halving below so many times the floor
_COST_DIGITS = 4  # finer than Q8_0's own KLD of .0014 means nothing
_FAST_ON_CPU = ("Q4_0", "Q4_K", "IQ4_NL")  # quants of types that any CPU rearranges (repack.py)


class Rank(NamedTuple):
    """Compares as a tuple; the smaller one is better, and False is better than True."""

    too_slow: bool  # below the floor, as far as a speed is known
    has_few_bits: bool
    minus_params: int
    q3_class: bool
    layers_on_cpu: int  # where a GPU could have them
    below_q6: bool
    cost: float
    minus_gpu_layers: int
    download_bytes: int
    lacks_imatrix: bool
    slow_on_cpu: bool
    name: str


def rank(candidate: Candidate, decode: Speed | None, hardware: Hardware, wish: Wish) -> Rank:
    file = candidate.file
    on_gpu = min(candidate.options.n_gpu_layers or 0, file.n_layer + 1)
    chosen_freely = bool(hardware.accelerators) and wish.n_gpu_layers is None
    return Rank(
        too_slow=is_too_slow(decode, wish),
        has_few_bits=has_few_bits(file),
        minus_params=-file.n_params,
        q3_class=is_q3_class(file),
        layers_on_cpu=file.n_layer + 1 - on_gpu if chosen_freely else 0,
        below_q6=is_below_q6(file),
        cost=round(_cost(candidate, decode, wish), _COST_DIGITS),
        minus_gpu_layers=-on_gpu,
        download_bytes=file.size_bytes,
        lacks_imatrix=not file.imatrix,
        slow_on_cpu=not on_gpu and not (file.quant or "").startswith(_FAST_ON_CPU),
        name=file.name,
    )


def is_too_slow(decode: Speed | None, wish: Wish) -> bool:
    return decode is not None and decode.tokens_per_s < wish.decode_floor_tps


def _cost(candidate: Candidate, decode: Speed | None, wish: Wish) -> float:
    options = candidate.options
    goal = goal_n_ctx(candidate.file, wish)
    kv_cost = max(_KV_COST.get(kind, _OTHER_KV_COST) for kind in (options.type_k, options.type_v))
    comfort_tps = _COMFORT * wish.decode_floor_tps
    return (
        quality_cost(candidate.file)
        + _CONTEXT_COST * _halvings(goal, options.n_ctx or goal)
        + kv_cost
        + _UBATCH_COST * _halvings(_UBATCH, options.n_ubatch)
        + (_SPEED_COST * _halvings(comfort_tps, decode.tokens_per_s) if decode else 0.0)
    )


def _halvings(wanted: float, given: float) -> float:
    return max(0.0, log2(wanted / given)) if wanted > 0 and given > 0 else 0.0

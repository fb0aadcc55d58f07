"""Why a plan is as it is, in words: what it gives up, and what that was for."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from yi_local.planner.assessment import Assessment
from yi_local.planner.margins import CPU
from yi_local.planner.plan import Reason, Wish
from yi_local.planner.quality import FEW_BITS, has_few_bits
from yi_local.planner.rank import is_too_slow
from yi_local.planner.sizes import memory_size
from yi_local.types import LoadOptions

_KV_BITS = {"f32": 32, "bf16": 16, "f16": 16, "q8_0": 8}  # others: 4 and a little


class _Sacrifice(NamedTuple):
    code: str
    amount: Callable[[LoadOptions], int]  # the more, the better
    text: Callable[[LoadOptions, LoadOptions], str]  # what was taken, instead of what


_SACRIFICES = (
    _Sacrifice(
        "n-ubatch",
        lambda options: options.n_ubatch,
        lambda taken, other: f"n_ubatch {taken.n_ubatch} instead of {other.n_ubatch}",
    ),
    _Sacrifice(
        "kv-type",
        lambda options: _KV_BITS.get(options.type_k, 4),
        lambda taken, other: f"KV cache in {taken.type_k} instead of {other.type_k}",
    ),
    _Sacrifice(
        "n-ctx",
        lambda options: options.n_ctx or 0,
        lambda taken, other: f"context {taken.n_ctx or 0:,} instead of {other.n_ctx or 0:,}",
    ),
    _Sacrifice(
        "layers",
        lambda options: options.n_gpu_layers or 0,
        lambda taken, other: (
            f"{taken.n_gpu_layers or 0} layers on the GPU instead of {other.n_gpu_layers or 0}"
        ),
    ),
)


def sacrifices(plan: Assessment, siblings: Sequence[Assessment]) -> Iterator[Reason]:
    """`siblings` are all ways to load the same file."""
    amounts = _amounts(plan)
    others = [(sibling, _amounts(sibling)) for sibling in siblings]
    for index, sacrifice in enumerate(_SACRIFICES):
        most = max(other[index] for _, other in others)
        if amounts[index] == most:
            continue
        alternative = min(
            (pair for pair in others if pair[1][index] == most),
            key=lambda pair: (_differences(amounts, pair[1]), pair[0].short_bytes),
        )[0]
        text = sacrifice.text(plan.options, alternative.options)
        yield Reason(sacrifice.code, text + _because(plan, alternative))


def too_big(plan: Assessment) -> Iterator[Reason]:
    yield Reason("too-big", f"it needs {shortage(plan)}")


def facts(plan: Assessment, wish: Wish) -> Iterator[Reason]:
    """What a person should know of a plan before taking it."""
    decode = plan.decode
    if decode is not None and is_too_slow(decode, wish):
        word = "at most" if decode.basis == "at most" else "about"
        yield Reason(
            "slow",
            f"{word} {decode.tokens_per_s:.1f} tokens/s, below the {wish.decode_floor_tps:g} "
            "wished for",
        )
    n_ctx, n_ctx_train = plan.options.n_ctx or 0, plan.file.n_ctx_train
    if n_ctx_train is not None and n_ctx > n_ctx_train:
        yield Reason(
            "beyond-training",
            f"context {n_ctx:,}, but the model was trained on {n_ctx_train:,} tokens",
        )
    if has_few_bits(plan.file):
        yield Reason(
            "few-bits",
            f"{plan.file.bits_per_weight:.1f} bits per weight, below {FEW_BITS}: "
            "a smaller model may answer better",
        )
    if plan.memory.basis == "formulas":
        yield Reason("estimate", "memory by formulas: llama.cpp could not be asked")
    for device in plan.memory.devices:
        if device.free_bytes is None:
            yield Reason(
                "unknown-memory",
                f"how much of {device.device} is free is not known, so it may not fit",
            )


def shortage(assessment: Assessment) -> str:
    """ "512 MiB more than the 6.1 GiB free on CUDA0 allow"; the margin is among the needs."""
    device = assessment.memory.short
    if device is None or device.free_bytes is None:
        return ""
    short, free = memory_size(device.short_bytes), memory_size(device.free_bytes)
    where = "of free RAM" if device.device == CPU else f"free on {device.device}"
    return f"{short} more than the {free} {where} allow"


def _amounts(assessment: Assessment) -> tuple[int, ...]:
    return tuple(sacrifice.amount(assessment.options) for sacrifice in _SACRIFICES)


def _differences(amounts: tuple[int, ...], others: tuple[int, ...]) -> int:
    return sum(amount != other for amount, other in zip(amounts, others, strict=True))


def _because(plan: Assessment, alternative: Assessment) -> str:
    if not alternative.fits:
        return f": that would need {shortage(alternative)}"
    if alternative.rank.layers_on_cpu > plan.rank.layers_on_cpu:
        more = alternative.rank.layers_on_cpu - plan.rank.layers_on_cpu
        return f": that would leave {more} more layers to the CPU"
    if alternative.rank.too_slow and not plan.rank.too_slow:
        return ": that would be too slow"
    if _is_slower(alternative, plan):
        return f": that would give {_tps(alternative)} instead of {_tps(plan)} tokens/s"
    if (alternative.options.n_ctx or 0) < (plan.options.n_ctx or 0):
        return f", for a context of {plan.options.n_ctx or 0:,}"
    return ""


def _is_slower(assessment: Assessment, other: Assessment) -> bool:
    """By more than rounding."""
    if assessment.decode is None or other.decode is None:
        return False
    return assessment.decode.tokens_per_s < 0.99 * other.decode.tokens_per_s


def _tps(assessment: Assessment) -> str:
    return f"{assessment.decode.tokens_per_s:.1f}" if assessment.decode else "unknown"

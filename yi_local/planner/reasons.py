"""Why a plan is as it is, in words: what it gives up, and what that was for."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from yi_local.language import tr, trn
from yi_local.planner.assessment import Assessment
from yi_local.planner.margins import CPU
from yi_local.planner.plan import Reason, Speed, Wish
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
        lambda taken, other: tr(
            "n_ubatch {taken} instead of {other}", taken=taken.n_ubatch, other=other.n_ubatch
        ),
    ),
    _Sacrifice(
        "kv-type",
        lambda options: _KV_BITS.get(options.type_k, 4),
        lambda taken, other: tr(
            "KV cache in {taken} instead of {other}", taken=taken.type_k, other=other.type_k
        ),
    ),
    _Sacrifice(
        "n-ctx",
        lambda options: options.n_ctx or 0,
        lambda taken, other: tr(
            "context {taken} instead of {other}",
            taken=f"{taken.n_ctx or 0:,}",
            other=f"{other.n_ctx or 0:,}",
        ),
    ),
    _Sacrifice(
        "layers",
        lambda options: options.n_gpu_layers or 0,
        lambda taken, other: tr(
            "{taken} layers on the GPU instead of {other}",
            taken=taken.n_gpu_layers or 0,
            other=other.n_gpu_layers or 0,
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
        yield Reason(sacrifice.code, _because(text, plan, alternative))


def too_big(plan: Assessment) -> Iterator[Reason]:
    yield Reason("too-big", tr("it needs {shortage}", shortage=shortage(plan)))


def facts(plan: Assessment, wish: Wish) -> Iterator[Reason]:
    """What a person should know of a plan before taking it."""
    decode = plan.decode
    if decode is not None and is_too_slow(decode, wish):
        yield Reason("slow", _slow(decode, wish))
    n_ctx, n_ctx_train = plan.options.n_ctx or 0, plan.file.n_ctx_train
    if n_ctx_train is not None and n_ctx > n_ctx_train:
        yield Reason(
            "beyond-training",
            tr(
                "context {n_ctx}, but the model was trained on {n_ctx_train} tokens",
                n_ctx=f"{n_ctx:,}",
                n_ctx_train=f"{n_ctx_train:,}",
            ),
        )
    if has_few_bits(plan.file):
        yield Reason(
            "few-bits",
            tr(
                "{bits} bits per weight, below {few}: a smaller model may answer better",
                bits=f"{plan.file.bits_per_weight:.1f}",
                few=FEW_BITS,
            ),
        )
    if plan.memory.basis == "formulas":
        yield Reason("estimate", tr("memory by formulas: llama.cpp could not be asked"))
    for device in plan.memory.devices:
        if device.free_bytes is None:
            yield Reason(
                "unknown-memory",
                tr(
                    "how much of {device} is free is not known, so it may not fit",
                    device=device.device,
                ),
            )


def shortage(assessment: Assessment) -> str:
    """ "512 MiB more than the 6.1 GiB free on CUDA0 allow"; the margin is among the needs."""
    device = assessment.memory.short
    if device is None or device.free_bytes is None:
        return ""
    short, free = memory_size(device.short_bytes), memory_size(device.free_bytes)
    if device.device == CPU:
        return tr("{short} more than the {free} of free RAM allow", short=short, free=free)
    return tr(
        "{short} more than the {free} free on {device} allow",
        short=short,
        free=free,
        device=device.device,
    )


def _amounts(assessment: Assessment) -> tuple[int, ...]:
    return tuple(sacrifice.amount(assessment.options) for sacrifice in _SACRIFICES)


def _differences(amounts: tuple[int, ...], others: tuple[int, ...]) -> int:
    return sum(amount != other for amount, other in zip(amounts, others, strict=True))


def _because(text: str, plan: Assessment, alternative: Assessment) -> str:
    """What was given up, and what for."""
    if not alternative.fits:
        return tr("{text}: that would need {shortage}", text=text, shortage=shortage(alternative))
    if alternative.rank.layers_on_cpu > plan.rank.layers_on_cpu:
        more = alternative.rank.layers_on_cpu - plan.rank.layers_on_cpu
        return trn(
            "{text}: that would leave {n} more layer to the CPU",
            "{text}: that would leave {n} more layers to the CPU",
            more,
            text=text,
        )
    if alternative.rank.too_slow and not plan.rank.too_slow:
        return tr("{text}: that would be too slow", text=text)
    if _is_slower(alternative, plan):
        return tr(
            "{text}: that would give {speed} instead of {other} tokens/s",
            text=text,
            speed=_tps(alternative),
            other=_tps(plan),
        )
    if (alternative.options.n_ctx or 0) < (plan.options.n_ctx or 0):
        n_ctx = f"{plan.options.n_ctx or 0:,}"
        return tr("{text}, for a context of {n_ctx}", text=text, n_ctx=n_ctx)
    return text


def _slow(decode: Speed, wish: Wish) -> str:
    speed, floor = f"{decode.tokens_per_s:.1f}", f"{wish.decode_floor_tps:g}"
    if decode.basis == "at most":
        return tr(
            "at most {speed} tokens/s, below the {floor} wished for", speed=speed, floor=floor
        )
    return tr("about {speed} tokens/s, below the {floor} wished for", speed=speed, floor=floor)


def _is_slower(assessment: Assessment, other: Assessment) -> bool:
    """By more than rounding."""
    if assessment.decode is None or other.decode is None:
        return False
    return assessment.decode.tokens_per_s < 0.99 * other.decode.tokens_per_s


def _tps(assessment: Assessment) -> str:
    return f"{assessment.decode.tokens_per_s:.1f}" if assessment.decode else tr("unknown")

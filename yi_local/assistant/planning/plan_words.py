"""What a plan comes to, in words."""

from collections.abc import Sequence

from yi_local.language import mark, tr, trn
from yi_local.planner.plan import Basis, DeviceEstimate, Plan, Speed
from yi_local.planner.sizes import memory_size

_BASES: dict[Basis, str] = {
    "measured here": mark("measured here"),
    "from memory bandwidth": mark("estimated from memory bandwidth"),
    "at most": mark("at most: a device's bandwidth is not known"),
}


def need(devices: Sequence[DeviceEstimate]) -> str:
    return memory_size(sum(device.need_bytes for device in devices)) if devices else "-"


def pace(speed: Speed | None) -> str:
    if speed is None:
        return tr("unknown")
    tps, limit = speed.tokens_per_s, "< " if speed.basis == "at most" else ""
    return tr("{n} tok/s", n=f"{limit}{tps:.0f}" if tps >= 9.95 else f"{limit}{tps:.1f}")


def basis_words(basis: Basis) -> str:
    return tr(_BASES[basis])


def verdict(plan: Plan, best: Plan | None) -> str:
    short = plan.memory.short
    if short is not None:
        return tr("needs {size} more", size=memory_size(short.short_bytes))
    codes = {reason.code for reason in plan.reasons}
    if "slow" in codes:
        return tr("fits, slow")
    if plan is best:
        return tr("best here")
    return tr("partly on GPU") if "layers" in codes else tr("fits")


def settings(plan: Plan) -> str:
    options = plan.options
    parts = [
        tr("KV cache {type}", type=options.type_k),
        f"n_ubatch {options.n_ubatch}",
        trn("{n} thread", "{n} threads", options.n_threads) if options.n_threads else "",
        _speeds(plan),
    ]
    return tr(", ").join(filter(None, parts))


def _speeds(plan: Plan) -> str:
    said = []
    if plan.prefill is not None:
        basis = basis_words(plan.prefill.basis)
        said.append(tr("prefill {speed} ({basis})", speed=pace(plan.prefill), basis=basis))
    if plan.decode is not None:
        basis = basis_words(plan.decode.basis)
        said.append(tr("decode {speed} ({basis})", speed=pace(plan.decode), basis=basis))
    return tr(", ").join(said)

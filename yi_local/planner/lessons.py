"""What one answer teaches about a machine's speed: the planner's formulas, read backwards."""

from dataclasses import dataclass

from yi_local.hardware.snapshot import Hardware
from yi_local.planner.margins import CPU
from yi_local.planner.plan import Plan
from yi_local.planner.speed import FILLED_TOKENS, kv_cache_cost, weights_cost
from yi_local.types import Usage

_LEAST_ACTIVE_BYTES = 4 * 10**8  # below, overhead for each layer counts more than bandwidth
_LEAST_DECODED = 16  # tokens; fewer are too few to time
_LEAST_PREFILLED = 128
_OPERATIONS = 2  # a multiplication and an addition for each weight and token


@dataclass(frozen=True, slots=True)
class Lesson:
    backend: str
    bandwidth_bytes_s: float | None  # that decoding reached
    compute_flops: float | None  # that prefill reached


def lesson_of(plan: Plan, usage: Usage, hardware: Hardware) -> Lesson | None:
    """None where answer or model were too small, or where several devices shared the work."""
    backend = _backend(plan, hardware)
    if backend is None or plan.file.active_bytes < _LEAST_ACTIVE_BYTES:
        return None
    bandwidth = flops = None
    if usage.decode_tps and usage.completion_tokens >= _LEAST_DECODED:
        bandwidth = usage.decode_tps * _bytes_for_a_token(plan, usage, backend)
    computed_tokens = (usage.prompt_tokens or 0) - (usage.cached_tokens or 0)
    if usage.prefill_tps and computed_tokens >= _LEAST_PREFILLED:
        flops = usage.prefill_tps * _OPERATIONS * plan.file.active_params
    return Lesson(backend, bandwidth, flops) if bandwidth or flops else None


def _backend(plan: Plan, hardware: Hardware) -> str | None:
    """The one that computed all layers."""
    others = plan.memory.devices[1:]
    if not any(device.weights_bytes for device in others):
        return CPU
    if len(others) > 1 or (plan.options.n_gpu_layers or 0) <= plan.file.n_layer:
        return None
    device = hardware.device(others[0].device)
    return device.backend if device is not None else None


def _bytes_for_a_token(plan: Plan, usage: Usage, backend: str) -> float:
    """The active weights, and the part of the KV cache that was filled on average."""
    filled = (usage.prompt_tokens or 0) + usage.completion_tokens / 2
    kv_cache_bytes = sum(device.kv_cache_bytes for device in plan.memory.devices)
    n_ctx = plan.options.n_ctx or FILLED_TOKENS
    read = kv_cache_cost(plan.options, kv_cache_bytes * min(1.0, filled / n_ctx))
    return weights_cost(plan.file, backend, plan.file.active_bytes) + read

"""The ranking rule of memory.md, section 9, written again without the planner's code."""

import math
from collections.abc import Sequence

from yi_local.hardware.snapshot import Hardware
from yi_local.planner.plan import Candidate, Experience, Wish

MIB, GIB = 1 << 20, 1 << 30
KLD = {
    "Q8_0": 0.001355,
    "Q6_K": 0.005452,
    "Q5_K_M": 0.010762,
    "Q5_K_S": 0.016595,
    "Q4_K_M": 0.028152,
    "Q4_K_S": 0.031951,
    "IQ4_XS": 0.036334,
    "Q3_K_L": 0.073077,
    "Q3_K_M": 0.084358,
    "IQ3_M": 0.102534,
    "IQ3_XXS": 0.183625,
    "IQ2_M": 0.325989,
    "Q2_K": 0.332223,
    "IQ1_S": 2.254554,
}
YI_SENSITIVITY = 0.6
ROUNDING = 1.01e-4  # the planner's cost has four digits


def exceeded(
    candidate: Candidate, machine: Hardware, wish: Wish, experience: Experience
) -> list[str]:
    """The devices that the candidate would not leave their margin."""
    totals = {
        memory.device: memory.weights_bytes
        + memory.kv_cache_bytes
        + memory.compute_bytes
        + memory.work_bytes
        for memory in candidate.dry_run.devices
    }
    found, shared = [], 0
    for device in machine.devices:
        taken = totals.get(device.name, 0)
        if not taken:
            continue
        shared += taken if device.unified else 0
        display = any(gpu.drives_display for gpu in machine.gpus)  # all alike in these tests
        margin = max(
            GIB if device.unified or display else 384 * MIB,
            int(0.03 * (device.total_bytes or 0)),
            experience.residual_bytes.get(device.backend, 0),
        )
        if device.free_bytes is not None and device.total_bytes is not None:
            free = min(device.free_bytes, device.total_bytes)
            if taken + margin + wish.headroom_bytes > free:
                found.append(device.name)
    vocabulary = candidate.file.n_vocab or 0
    process = 37 * MIB + MIB // 10 * candidate.file.n_layer + 115 * candidate.file.n_merges
    process += vocabulary * (192 + 4 * (candidate.options.n_seq_max - 1))
    margin = max(
        GIB if shared else 512 * MIB,
        int(0.03 * (machine.memory.total_bytes or 0)),
        experience.residual_bytes.get("CPU", 0),
    )
    available = machine.memory.available_bytes
    ram = totals["CPU"] + process + shared + margin + wish.headroom_bytes
    if available is not None and ram > available:
        found.append("CPU")
    return found


def allowed(candidate: Candidate, machine: Hardware, wish: Wish) -> bool:
    """By what the person fixed, and by the least context."""
    options, file = candidate.options, candidate.file
    assert options.n_ctx is not None
    if wish.n_ctx is not None:
        if options.n_ctx != wish.n_ctx:
            return False
    elif options.n_ctx < min(wish.n_ctx_min, wish.n_ctx_goal, file.n_ctx_train or 10**9):
        return False
    if wish.kv_type not in (None, options.type_k):
        return False
    if wish.n_gpu_layers is None:
        return True
    most = file.n_layer + 1 if _has_gpu(machine) else 0
    return options.n_gpu_layers == min(wish.n_gpu_layers, most)


def key(
    candidate: Candidate, machine: Hardware, wish: Wish, experience: Experience
) -> tuple[float, ...]:
    """Smaller is better; the seventh is the cost."""
    file, options = candidate.file, candidate.options
    speed = tokens_per_s(candidate, machine, experience)
    kld = KLD[file.quant or ""]
    layers_on_gpu = min(options.n_gpu_layers or 0, file.n_layer + 1)
    free_choice = _has_gpu(machine) and wish.n_gpu_layers is None
    return (
        speed is not None and speed < wish.decode_floor_tps,
        file.weights_bytes * 8 / file.n_params < 3.4,
        -file.n_params,
        kld > 0.05,
        file.n_layer + 1 - layers_on_gpu if free_choice else 0,
        kld > 0.006,
        _cost(candidate, wish, speed, kld),
        -layers_on_gpu,
        file.size_bytes,
    )


def clearly_better(one: Sequence[float], other: Sequence[float]) -> bool:
    """Lexicographically, costs apart by less than their rounding being undecided."""
    for index, (a, b) in enumerate(zip(one, other, strict=True)):
        if index == 6 and 0 < abs(a - b) < ROUNDING:
            return False
        if a != b:
            return a < b
    return False


def tokens_per_s(candidate: Candidate, machine: Hardware, experience: Experience) -> float | None:
    file = candidate.file
    share = file.active_bytes / (file.weights_bytes - file.idle_bytes)
    on_cpu, seconds = float(file.active_bytes), 0.0
    reads: dict[str, float] = {}
    for memory in candidate.dry_run.devices:
        kv_cache = memory.kv_cache_bytes * min(1.0, 4096 / candidate.dry_run.n_ctx)
        kv_cache *= {"f16": 1, "q8_0": 16 / 8.5, "q4_0": 16 / 4.5}[candidate.options.type_k]
        reads[memory.device] = kv_cache
        if memory.device != "CPU":
            reads[memory.device] += share * memory.weights_bytes
            on_cpu -= share * memory.weights_bytes
    unpacking = 0.6 if (file.quant or "").startswith("IQ") else 1.0
    reads["CPU"] += on_cpu / unpacking if on_cpu > file.active_bytes / 1000 else 0.0
    for name, size in reads.items():
        if not size:
            continue
        bandwidth = _bandwidth(name, machine, experience)
        seconds += size / bandwidth if bandwidth else 0.0
    return 1 / seconds if seconds else None


def _bandwidth(name: str, machine: Hardware, experience: Experience) -> float | None:
    device = machine.device(name)
    seen = experience.bandwidth_bytes_s.get(device.backend if device else "CPU")
    promised = machine.memory.bandwidth_bytes_s
    if device is not None:
        own = machine.gpus[0].bandwidth_bytes_s  # all alike in these tests
        promised = own or (promised if device.unified else None)
    expected = 0.55 * promised if promised else None
    return max(seen, (expected or 0) / 3) if seen else expected


def _cost(candidate: Candidate, wish: Wish, speed: float | None, kld: float) -> float:
    options = candidate.options
    assert options.n_ctx is not None
    goal = min(wish.n_ctx or wish.n_ctx_goal, candidate.file.n_ctx_train or 10**9)
    cost = kld * YI_SENSITIVITY
    cost += 0.02 * max(0.0, math.log2(goal / options.n_ctx))
    cost += {"f16": 0.0, "q8_0": 0.002}[options.type_k]
    cost += 0.0005 * max(0.0, math.log2(512 / options.n_ubatch))
    if speed is not None and wish.decode_floor_tps:
        cost += 0.05 * max(0.0, math.log2(wish.decode_floor_tps * 2.5 / speed))
    return cost


def _has_gpu(machine: Hardware) -> bool:
    return any(device.kind != "cpu" for device in machine.devices)

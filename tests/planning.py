"""Plans without a planner, for tests of what comes after it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from yi_local.assistant.loading.loader import Loader, NextPlan
from yi_local.assistant.planning.experience import ExperienceFile
from yi_local.engine.client import Engine
from yi_local.hardware.snapshot import Cpu, Device, Hardware, Memory
from yi_local.planner.plan import DeviceEstimate, MemoryEstimate, ModelFile, Plan
from yi_local.types import LoadOptions, LoadProgress

GIB = 1 << 30
MIB = 1 << 20
CPU = Cpu("a CPU", "x86_64", logical_cores=4, physical_cores=4, performance_cores=None)
GPU = Device("CUDA0", "CUDA", "gpu", "a GPU", 8 * GIB, 8 * GIB, unified=False)
MACHINE = Hardware("Linux", Memory(16 * GIB, 12 * GIB), CPU)


def plan_of(path: Path, *, n_ctx: int = 4096, need_bytes: int = GIB, gpu_bytes: int = 0) -> Plan:
    """Half of what it needs is weights that can be paged out."""
    file = ModelFile(
        path.name, str(path), "llama", "Q4_K_M", 600 * MIB, 600 * MIB, 10**9,
        active_bytes=500 * MIB, active_params=8 * 10**8, idle_bytes=0, n_layer=2,
        n_ctx_train=32768, n_vocab=300,
    )  # fmt: skip
    devices = [_estimate("CPU", need_bytes, 12 * GIB)]
    if gpu_bytes:
        devices.append(_estimate("CUDA0", gpu_bytes, 8 * GIB))
    options = LoadOptions(str(path), n_ctx=n_ctx, n_gpu_layers=3 if gpu_bytes else 0, n_threads=2)
    memory = MemoryEstimate(tuple(devices), need_bytes // 2, "llama.cpp")
    return Plan(file, options, memory, None, None)


def loader_for(
    engine: Engine, path: Path, *plans: Plan, experience: ExperienceFile | None = None
) -> Loader:
    return Loader(engine, plans or (plan_of(path),), MACHINE, experience)


def load(loader: Loader) -> list[LoadProgress | NextPlan]:
    return list(loader.load())


def next_plans(events: Iterable[LoadProgress | NextPlan]) -> Iterator[NextPlan]:
    return (event for event in events if isinstance(event, NextPlan))


def _estimate(device: str, size: int, free: int) -> DeviceEstimate:
    half = size // 2
    return DeviceEstimate(device, half, size - half, 0, 0, 0, 0, 512 * MIB, free)

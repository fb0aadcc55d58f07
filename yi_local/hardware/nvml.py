"""Asks NVML, the library of NVIDIA's driver."""

from contextlib import suppress
from types import ModuleType
from typing import Any

from yi_local.hardware.nvidia import NvmlAnswers, gpu_by_nvml
from yi_local.hardware.snapshot import Gpu


def nvml_gpus() -> tuple[Gpu, ...]:
    """Empty without the driver. pynvml costs 20 ms, so only machines that may need it import it."""
    try:
        import pynvml
    except ImportError:
        return ()
    return ask(pynvml)


def ask(nvml: ModuleType) -> tuple[Gpu, ...]:
    """`nvml`: pynvml, or what stands in for it."""
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return ()
    try:
        count = _answer(nvml, "nvmlDeviceGetCount") or 0
        handles = [_answer(nvml, "nvmlDeviceGetHandleByIndex", index) for index in range(count)]
        return tuple(_gpu(nvml, handle) for handle in handles if handle is not None)
    finally:
        with suppress(nvml.NVMLError):
            nvml.nvmlShutdown()


def _gpu(nvml: ModuleType, handle: object) -> Gpu:
    memory_bytes, has_own_memory = _memory(nvml, handle)
    answers = NvmlAnswers(
        name=_answer(nvml, "nvmlDeviceGetName", handle),
        memory_bytes=memory_bytes,
        has_own_memory=has_own_memory,
        driver=_answer(nvml, "nvmlSystemGetDriverVersion"),
        cuda_version=_answer(nvml, "nvmlSystemGetCudaDriverVersion_v2"),
        max_memory_clock_mhz=_answer(
            nvml, "nvmlDeviceGetMaxClockInfo", handle, nvml.NVML_CLOCK_MEM
        ),
        memory_bus_bits=_answer(nvml, "nvmlDeviceGetMemoryBusWidth", handle),
        display_active=_answer(nvml, "nvmlDeviceGetDisplayActive", handle),
    )
    return gpu_by_nvml(answers)


def _memory(nvml: ModuleType, handle: object) -> tuple[int | None, bool]:
    """(its size, whether it has any): where a GPU shares the RAM (Jetson, GB10), NVML says so."""
    try:
        return nvml.nvmlDeviceGetMemoryInfo(handle).total, True
    except nvml.NVMLError_NotSupported:
        return None, False
    except nvml.NVMLError:
        return None, True


def _answer(nvml: ModuleType, question: str, *arguments: object) -> Any:
    """None where this GPU, its driver, or an old pynvml does not know the question."""
    try:
        return getattr(nvml, question)(*arguments)
    except (nvml.NVMLError, AttributeError):
        return None

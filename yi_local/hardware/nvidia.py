"""NVIDIA's GPUs."""

from dataclasses import dataclass

from yi_local.hardware.pci import Card
from yi_local.hardware.snapshot import Gpu


@dataclass(frozen=True, slots=True)
class NvmlAnswers:
    """What NVML tells of one GPU; None is what it does not."""

    name: str | None = None
    memory_bytes: int | None = None
    has_own_memory: bool = True
    driver: str | None = None
    cuda_version: int | None = None  # 12040 is 12.4
    max_memory_clock_mhz: int | None = None
    memory_bus_bits: int | None = None
    display_active: int | None = None  # 0 or 1


def gpu_by_nvml(answers: NvmlAnswers) -> Gpu:
    return Gpu(
        vendor="nvidia",
        name=answers.name or "NVIDIA GPU",
        memory_bytes=answers.memory_bytes if answers.has_own_memory else None,
        unified=not answers.has_own_memory,
        bandwidth_bytes_s=_bandwidth_bytes_s(answers.max_memory_clock_mhz, answers.memory_bus_bits),
        driver=answers.driver,
        cuda=_cuda_name(answers.cuda_version),
        drives_display=None if answers.display_active is None else bool(answers.display_active),
    )


def gpu_by_pci(card: Card) -> Gpu:
    """One whose driver is missing, or does not answer."""
    return Gpu(
        vendor="nvidia",
        name=card.full_name("NVIDIA"),
        memory_bytes=card.memory_bytes,
        unified=False,
        driver=card.driver,
        drives_display=card.drives_display,
    )


def tegra_gpu(compatible: str | None, model: str | None) -> Gpu | None:
    """A Jetson's, by its device tree: it is on no PCI bus, and older ones have no NVML."""
    if "nvidia,tegra" not in (compatible or ""):
        return None
    name = (model or "").strip("\0\n ") or "NVIDIA Tegra"  # the kernel ends it with a zero byte
    return Gpu(vendor="nvidia", name=name, memory_bytes=None, unified=True)


def _bandwidth_bytes_s(clock_mhz: int | None, bus_bits: int | None) -> float | None:
    """Two transfers a clock (CUDA C++ Best Practices Guide, "Theoretical Bandwidth Calculation").

    An RTX 4090 has 2 x 10501 MHz x 384 bits = 1008 GB/s.
    """
    if not clock_mhz or not bus_bits:
        return None
    return 2 * clock_mhz * 1e6 * bus_bits / 8


def _cuda_name(version: int | None) -> str | None:
    """1000 x major + 10 x minor (nvml.h, NVML_CUDA_DRIVER_VERSION_MAJOR and _MINOR)."""
    return f"{version // 1000}.{version % 1000 // 10}" if version else None

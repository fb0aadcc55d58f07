"""What a machine has to run models with, at one moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

DeviceKind = Literal["cpu", "gpu", "igpu", "accel"]  # llama.cpp's own kinds (ggml-backend.h)
Vendor = Literal["nvidia", "apple", "amd", "intel", "other"]


@dataclass(frozen=True, slots=True)
class Device:
    """A device that the installed llama.cpp can use, as it reports it. Unknown is None."""

    name: str  # "CUDA0", "MTL0", "Vulkan1"; "CPU" stands for the host's memory
    backend: str  # "CUDA", "MTL", "Vulkan", "ROCm", "SYCL", "RPC", "CPU"
    kind: DeviceKind
    description: str  # "NVIDIA GeForce RTX 4070 Laptop GPU"
    free_bytes: int | None
    total_bytes: int | None  # on Apple Silicon the working-set limit, not the RAM
    unified: bool  # its memory is the machine's RAM
    hardware_id: str | None = None  # the PCI address, where llama.cpp tells it
    mmap: bool = True  # False: with it no weights stay the file's pages, not even in RAM


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU that is physically there, whether or not llama.cpp's build can use it."""

    vendor: Vendor
    name: str
    memory_bytes: int | None  # of its own; None where it shares the RAM, or is unknown
    unified: bool
    bandwidth_bytes_s: float | None = None  # of its memory
    driver: str | None = None
    cuda: str | None = None  # the newest CUDA its driver can run, "12.4"
    drives_display: bool | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """The RAM, as far as this process may have it: a container's limit counts."""

    total_bytes: int | None
    available_bytes: int | None  # without swapping, other programs' caches given up
    limit: str | None = None  # what makes it less than the machine's: "cgroup v2"
    bandwidth_bytes_s: float | None = None
    bandwidth_measured: bool = False  # by reading, not from a data sheet


@dataclass(frozen=True, slots=True)
class Cpu:
    model: str | None
    architecture: str  # "x86_64" or "arm64" alike on every system
    logical_cores: int | None  # that this process may run on
    physical_cores: int | None  # of the machine
    performance_cores: int | None  # of these, where some are slower
    simd: tuple[str, ...] = ()  # what llama.cpp has kernels for: "AVX2", "AVX512", "DOTPROD"


@dataclass(frozen=True, slots=True)
class Hardware:
    system: str  # "Linux", "Darwin", "Windows"
    memory: Memory
    cpu: Cpu
    gpus: tuple[Gpu, ...] = ()
    devices: tuple[Device, ...] = ()  # empty until llama.cpp has been asked

    def device(self, name: str) -> Device | None:
        return next((device for device in self.devices if device.name == name), None)

    @property
    def accelerators(self) -> tuple[Device, ...]:
        """The devices that llama.cpp would put layers on when it is not told otherwise."""
        return accelerators(self.devices)


def accelerators(devices: Iterable[Device]) -> tuple[Device, ...]:
    """GPUs; integrated ones only where there is no other, as llama.cpp chooses (src/llama.cpp).

    A GPU that two backends report (CUDA0 and Vulkan0) counts once, for the first of them.
    """
    by_kind: dict[str, list[Device]] = {"gpu": [], "igpu": []}
    seen: set[str] = set()
    for device in devices:
        if device.kind not in by_kind or (device.hardware_id and device.hardware_id in seen):
            continue
        if device.hardware_id:
            seen.add(device.hardware_id)
        by_kind[device.kind].append(device)
    return tuple(by_kind["gpu"] or by_kind["igpu"])

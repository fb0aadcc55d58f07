"""A stand-in for the module pynvml, with GPUs of one's choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any


class NVMLError(Exception):
    pass


class NVMLError_NotSupported(NVMLError):
    pass


class NVMLError_NoPermission(NVMLError):
    pass


class NVMLError_FunctionNotFound(NVMLError):
    pass


class NVMLError_GpuIsLost(NVMLError):
    pass


class NVMLError_LibraryNotFound(NVMLError):
    pass


class NVMLError_DriverNotLoaded(NVMLError):
    pass


@dataclass(frozen=True)
class FakeGpu:
    """An answer that is an exception is raised."""

    name: Any
    memory: Any
    clock_mhz: Any
    bus_bits: Any
    display: Any = 0


RTX_4090 = FakeGpu("NVIDIA GeForce RTX 4090", 25757220864, 10501, 384, 1)
RTX_3060 = FakeGpu("NVIDIA GeForce RTX 3060", 12884901888, 7501, 192)
RTX_4070_LAPTOP = FakeGpu("NVIDIA GeForce RTX 4070 Laptop GPU", 8585740288, 8001, 128)
GB10 = FakeGpu("NVIDIA GB10", NVMLError_NotSupported(), NVMLError_NotSupported(), 0)


class FakeNvml(ModuleType):
    NVML_CLOCK_MEM = 2
    NVMLError = NVMLError
    NVMLError_NotSupported = NVMLError_NotSupported

    def __init__(
        self,
        *gpus: FakeGpu | NVMLError,
        driver: Any = "550.54.14",
        cuda: Any = 12040,
        failures: Mapping[str, NVMLError] | None = None,
    ) -> None:
        """`failures`: functions that raise, by their name."""
        super().__init__("pynvml")
        self.gpus, self.driver, self.cuda = gpus, driver, cuda
        self.open = 0
        for name, error in (failures or {}).items():
            setattr(self, name, lambda *_, error=error: answer(error))

    def nvmlInit(self) -> None:
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlSystemGetDriverVersion(self) -> Any:
        return answer(self.driver)

    def nvmlSystemGetCudaDriverVersion_v2(self) -> Any:
        return answer(self.cuda)

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any:
        return answer(self.gpus[index])

    def nvmlDeviceGetName(self, gpu: FakeGpu) -> Any:
        return answer(gpu.name)

    def nvmlDeviceGetMemoryInfo(self, gpu: FakeGpu) -> Any:
        return SimpleNamespace(total=answer(gpu.memory))

    def nvmlDeviceGetMaxClockInfo(self, gpu: FakeGpu, clock: int) -> Any:
        assert clock == self.NVML_CLOCK_MEM
        return answer(gpu.clock_mhz)

    def nvmlDeviceGetMemoryBusWidth(self, gpu: FakeGpu) -> Any:
        return answer(gpu.bus_bits)

    def nvmlDeviceGetDisplayActive(self, gpu: FakeGpu) -> Any:
        return answer(gpu.display)


def answer(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value

"""What each device of a machine can give, and what a candidate would leave of it."""

from dataclasses import dataclass

from yi_local.hardware.snapshot import Device, Hardware
from yi_local.planner.margins import CPU, device_margin_bytes, ram_margin_bytes
from yi_local.planner.plan import (
    Candidate,
    DeviceEstimate,
    Experience,
    MemoryEstimate,
    ModelFile,
    Wish,
)
from yi_local.planner.sizes import MIB
from yi_local.types import DeviceMemory

# The engine's process beside llama.cpp's buffers: the peak of resident memory of real workers over
# their dry runs' totals, fitted to vocabularies of 49,152 to 262,144 tokens with and without
# merges, models of 2 to 96 layers (benchmarks/memory.py measures the bare process alike). Each row
# of logits is in llama.cpp's output buffer, which is in none of its books.
PYTHON_BYTES = 32 * MIB  # the interpreter with the worker's modules
_PROCESS_BYTES = 5 * MIB
_LAYER_BYTES = MIB // 10  # graph nodes and tensor infos
_TOKEN_BYTES = 192  # for each token of the vocabulary
_MERGE_BYTES = 115
_LOGIT_BYTES = 4


@dataclass(frozen=True, slots=True)
class _Limit:
    free_bytes: int | None
    margin_bytes: int
    unified: bool


class Budget:
    """Reads the hardware once, for many candidates."""

    def __init__(self, hardware: Hardware, wish: Wish, experience: Experience) -> None:
        self._limits: dict[str, _Limit] = {}
        self._machine = (hardware, wish, experience)
        available = hardware.memory.available_bytes
        self._ram, self._shared_ram = (
            _Limit(available, ram_margin_bytes(*self._machine, shared=shared), False)
            for shared in (False, True)
        )

    def estimate(self, candidate: Candidate, python_bytes: int = PYTHON_BYTES) -> MemoryEstimate:
        host, *others = _host_first(candidate.dry_run.devices)
        devices = [self._device(memory) for memory in others]
        shared = sum(device.need_bytes for device in devices if self._limit(device.device).unified)
        ram = self._shared_ram if shared else self._ram
        process = python_bytes + process_bytes(candidate.file, candidate.options.n_seq_max)
        first = _estimate(host, ram, process_bytes=process, shared_bytes=shared)
        return MemoryEstimate(
            devices=(first, *devices),
            pageable_bytes=host.pageable_bytes,
            basis=candidate.dry_run.basis,
        )

    def _device(self, memory: DeviceMemory) -> DeviceEstimate:
        return _estimate(memory, self._limit(memory.device))

    def _limit(self, name: str) -> _Limit:
        if name not in self._limits:
            device = self._machine[0].device(name)
            margin = device_margin_bytes(name, *self._machine)
            unified = device is not None and device.unified
            self._limits[name] = _Limit(free_bytes(device), margin, unified)
        return self._limits[name]


def fits_accelerators(memory: MemoryEstimate) -> bool:
    """Whether the devices beside the RAM can hold their part: the question for most_layers."""
    return all(device.short_bytes == 0 for device in memory.devices[1:])


def free_bytes(device: Device | None) -> int | None:
    """Never more than the device has, which some drivers claim (memory.md, 7.9)."""
    if device is None or device.free_bytes is None:
        return None
    return min(device.free_bytes, device.total_bytes or device.free_bytes)


def process_bytes(file: ModelFile, n_outputs: int) -> int:
    """Of the engine's process, without Python, for a vocabulary and its rows of logits."""
    per_token = _TOKEN_BYTES + _LOGIT_BYTES * (max(n_outputs, 1) - 1)
    vocabulary = per_token * (file.n_vocab or 0) + _MERGE_BYTES * file.n_merges
    return _PROCESS_BYTES + _LAYER_BYTES * file.n_layer + vocabulary


def _host_first(devices: tuple[DeviceMemory, ...]) -> list[DeviceMemory]:
    host = next((device for device in devices if device.device == CPU), DeviceMemory(CPU, 0, 0, 0))
    return [host, *(device for device in devices if device.device != CPU)]


def _estimate(
    memory: DeviceMemory, limit: _Limit, process_bytes: int = 0, shared_bytes: int = 0
) -> DeviceEstimate:
    return DeviceEstimate(
        device=memory.device,
        weights_bytes=memory.weights_bytes,
        kv_cache_bytes=memory.kv_cache_bytes,
        compute_bytes=memory.compute_bytes,
        work_bytes=memory.work_bytes,
        process_bytes=process_bytes,
        shared_bytes=shared_bytes,
        margin_bytes=limit.margin_bytes,
        free_bytes=limit.free_bytes,
    )

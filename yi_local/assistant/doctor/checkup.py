"""What a look at this machine has found, in one piece."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yi_local.assistant.doctor.finding import Finding
from yi_local.assistant.doctor.installation import Installation
from yi_local.assistant.planning.experience import LoadRecord
from yi_local.engine.build import EngineBuild
from yi_local.hardware.snapshot import Hardware
from yi_local.hub.remote.reachability import Reachability
from yi_local.planner.margins import CPU, device_margin_bytes, ram_margin_bytes
from yi_local.planner.plan import Experience, Wish


@dataclass(frozen=True, slots=True)
class Place:
    name: str  # "settings", "Hugging Face cache"
    path: str  # as it may be shown
    exists: bool
    writable: bool  # it, or what it would be made in
    free_bytes: int | None  # on its disk


@dataclass(frozen=True, slots=True)
class Residual:
    """Measured minus predicted memory, over the loads so far."""

    backend: str
    n_loads: int
    smallest_bytes: int
    largest_bytes: int
    last_predicted_bytes: int
    last_measured_bytes: int
    margin_bytes: int  # kept free beside what is predicted


@dataclass(frozen=True, slots=True)
class LearntSpeed:
    """What answers have reached on one backend; None where none has taught it."""

    backend: str
    decode_bandwidth_bytes_s: float | None
    prefill_flops: float | None


@dataclass(frozen=True, slots=True)
class Checkup:
    """Fit to be shown to anybody: nothing in it tells who the person is or what they run."""

    yi_local: str
    installation: Installation
    hardware: Hardware  # with llama.cpp's devices
    build: EngineBuild | None  # None where llama.cpp could not be asked
    findings: tuple[Finding, ...]
    places: tuple[Place, ...]
    hub: Reachability
    residuals: tuple[Residual, ...]
    speeds: tuple[LearntSpeed, ...]


def residuals(
    loads: Iterable[LoadRecord], hardware: Hardware, experience: Experience
) -> tuple[Residual, ...]:
    by_backend: dict[str, list[LoadRecord]] = {}
    for load in loads:
        by_backend.setdefault(load.backend, []).append(load)
    return tuple(
        Residual(
            backend,
            len(records),
            min(record.residual_bytes for record in records),
            max(record.residual_bytes for record in records),
            records[-1].predicted_bytes,
            records[-1].measured_bytes,
            _margin_bytes(backend, hardware, experience),
        )
        for backend, records in by_backend.items()
    )


def _margin_bytes(backend: str, hardware: Hardware, experience: Experience) -> int:
    """As the planner keeps it now; for a device that has gone, as for one that it knows little."""
    if backend == CPU:
        shared = any(device.unified for device in hardware.accelerators)
        return ram_margin_bytes(hardware, Wish(), experience, shared)
    devices = [device.name for device in hardware.devices if device.backend == backend]
    name = devices[0] if devices else backend
    return device_margin_bytes(name, hardware, Wish(), experience)


def learnt_speeds(experience: Experience) -> tuple[LearntSpeed, ...]:
    decode: Mapping[str, float] = experience.bandwidth_bytes_s
    prefill: Mapping[str, float] = experience.compute_flops
    names = dict.fromkeys((*decode, *prefill))
    return tuple(LearntSpeed(name, decode.get(name), prefill.get(name)) for name in names)

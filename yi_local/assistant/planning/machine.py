"""This machine as the planner sees it: hardware, llama.cpp's devices, bandwidth."""

from dataclasses import dataclass, replace
from pathlib import Path

from yi_local.assistant.planning.experience import ExperienceFile
from yi_local.engine.build import EngineBuild
from yi_local.engine.known_build import known_build
from yi_local.engine.probe import Probe
from yi_local.hardware.detect import detect
from yi_local.hardware.snapshot import Device, Hardware
from yi_local.language import tr
from yi_local.planner.options import n_threads

_IMAGINED_GPU = "GPU0"


@dataclass(frozen=True, slots=True)
class Machine:
    hardware: Hardware
    build: EngineBuild
    imagined: bool = False  # devices that are not here: llama.cpp cannot be asked about them


def look(probe: Probe, experience: ExperienceFile, cache_dir: Path) -> Machine:
    """Raises what `Probe.build` raises, where llama.cpp cannot be asked."""
    build = known_build(probe, cache_dir)
    hardware = replace(detect(), devices=build.devices)
    return Machine(_with_bandwidth(hardware, probe, experience), build)


def imagine(machine: Machine, *, gpu_bytes: int | None, ram_bytes: int | None) -> Machine:
    """The same machine with so much free: on each GPU, or on one it does not have; in RAM."""
    hardware, imagined = machine.hardware, machine.imagined
    if ram_bytes is not None:
        memory = replace(hardware.memory, total_bytes=ram_bytes, available_bytes=ram_bytes)
        hardware = replace(hardware, memory=memory)
    if gpu_bytes == 0:
        devices = tuple(d for d in hardware.devices if d not in hardware.accelerators)
        return replace(machine, hardware=replace(hardware, devices=devices), imagined=True)
    if gpu_bytes is not None and hardware.accelerators:
        hardware = replace(hardware, devices=_with_free(hardware, gpu_bytes))
    elif gpu_bytes is not None:
        imagined = True
        hardware = replace(hardware, devices=(*hardware.devices, _gpu(gpu_bytes)))
    return replace(machine, hardware=hardware, imagined=imagined)


def _with_bandwidth(hardware: Hardware, probe: Probe, experience: ExperienceFile) -> Hardware:
    """Measured once, where neither a table nor an earlier answer tells."""
    if hardware.memory.bandwidth_bytes_s is not None:
        return hardware
    known = experience.ram_bandwidth_bytes_s
    if known is None:
        known = probe.memory_bandwidth(n_threads(hardware) or 1)
        experience.learn_ram_bandwidth(known)
    memory = replace(hardware.memory, bandwidth_bytes_s=known, bandwidth_measured=True)
    return replace(hardware, memory=memory)


def _with_free(hardware: Hardware, gpu_bytes: int) -> tuple[Device, ...]:
    return tuple(
        replace(device, free_bytes=gpu_bytes, total_bytes=gpu_bytes)
        if device in hardware.accelerators
        else device
        for device in hardware.devices
    )


def _gpu(gpu_bytes: int) -> Device:
    return Device(
        name=_IMAGINED_GPU,
        backend="CUDA",
        kind="gpu",
        description=tr("a GPU that is not here"),
        free_bytes=gpu_bytes,
        total_bytes=gpu_bytes,
        unified=False,
    )

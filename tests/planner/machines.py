"""Machines to plan for."""

from collections.abc import Sequence
from typing import Any

from yi_local.hardware.snapshot import Cpu, Device, Gpu, Hardware, Memory

MIB, GIB = 1 << 20, 1 << 30

_CPU = Cpu("a CPU", "x86_64", logical_cores=16, physical_cores=8, performance_cores=None)
_APPLE_CPU = Cpu("Apple M3", "arm64", logical_cores=8, physical_cores=8, performance_cores=4)


def cpu_only(ram: int = 16 * GIB, available: int | None = None, **changes: Any) -> Hardware:
    free = ram * 9 // 10 if available is None else available
    memory = Memory(ram, free, bandwidth_bytes_s=changes.pop("ram_bandwidth", 50e9))
    return Hardware("Linux", memory, changes.pop("cpu", _CPU), **changes)


def cuda(number: int, total: int, free: int | None = None, name: str = "RTX") -> Device:
    taken = 450 * MIB  # the driver and the context
    left = total - taken if free is None else free
    return Device(f"CUDA{number}", "CUDA", "gpu", f"NVIDIA {name}", left, total, unified=False)


def nvidia(
    totals: Sequence[int],
    *,
    ram: int = 64 * GIB,
    bandwidth: float | None = 500e9,
    display: bool = False,
    **changes: Any,
) -> Hardware:
    """One card for each total."""
    gpus = tuple(
        Gpu("nvidia", "RTX", total, False, bandwidth, drives_display=display) for total in totals
    )
    devices = tuple(cuda(number, total) for number, total in enumerate(totals))
    return cpu_only(ram, gpus=gpus, devices=devices, **changes)


def apple(ram: int, bandwidth: float | None = 200e9, available: int | None = None) -> Hardware:
    """The working-set limit is two thirds of the RAM up to 36 GB, three quarters above."""
    limit = ram * 2 // 3 if ram <= 36 * GIB else ram * 3 // 4
    free = ram * 3 // 4 if available is None else available
    return Hardware(
        "Darwin",
        Memory(ram, free, bandwidth_bytes_s=bandwidth),
        _APPLE_CPU,
        (Gpu("apple", "Apple M3", None, True, bandwidth),),
        (Device("MTL0", "MTL", "gpu", "Apple M3", limit, limit, unified=True),),
    )

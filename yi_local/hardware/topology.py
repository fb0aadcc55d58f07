"""How many cores a processor has, how many of them are fast."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogicalCpu:
    number: int
    core: str  # the CPUs of its core, "0,8": the same text for each of them
    capacity: int | None = None  # ARM: of the fastest's 1024


def physical_cores(cpus: Collection[LogicalCpu]) -> int | None:
    return len({cpu.core for cpu in cpus}) or None


def performance_cores(cpus: Collection[LogicalCpu], named: frozenset[int]) -> int | None:
    """None where no core is slower, or nothing tells. `named`: the CPUs Intel calls cpu_core."""
    fast_cpus = named or _big(cpus)
    fast_cores = {cpu.core for cpu in cpus if cpu.number in fast_cpus}
    some_are_slower = 0 < len(fast_cores) < len({cpu.core for cpu in cpus})
    return len(fast_cores) if some_are_slower else None


def _big(cpus: Collection[LogicalCpu]) -> frozenset[int]:
    """Those with half the fastest one's capacity, or more.

    llama.cpp's threads wait for each other after every operation: a LITTLE core holds the others
    up, while a middle one beside a prime one still brings more than it costs.
    """
    capacities = {cpu.number: cpu.capacity for cpu in cpus if cpu.capacity is not None}
    fastest = max(capacities.values(), default=0)
    return frozenset(cpu for cpu, capacity in capacities.items() if 2 * capacity >= fastest)

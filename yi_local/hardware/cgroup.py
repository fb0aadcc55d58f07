"""What a container, or any other control group of Linux, leaves to this process.

By the kernel's documentation: admin-guide/cgroup-v2.rst, admin-guide/cgroup-v1/memory.rst,
scheduler/sched-bwc.rst.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from yi_local.hardware.kernel_text import counts, number
from yi_local.hardware.snapshot import Memory

MEMORY_FILES = (
    *("memory.max", "memory.high", "memory.current"),  # v2
    *("memory.limit_in_bytes", "memory.usage_in_bytes"),  # v1
    "memory.stat",  # both
)
CPU_FILES = ("cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us")

_MOUNT = "/sys/fs/cgroup"
_UNLIMITED_BYTES = 1 << 60  # v1 writes "no limit" as the largest multiple of a page below 2**63

Version = Literal[1, 2]
Texts = Mapping[str, str | None]  # the files of one group: name -> content


@dataclass(frozen=True, slots=True)
class Place:
    """Where this process stands, as one controller counts."""

    version: Version
    folders: tuple[str, ...]  # of its own group, then of each group around that


@dataclass(frozen=True, slots=True)
class Budget:
    """What one group grants to all its processes together."""

    limit_bytes: int | None
    room_bytes: int | None  # what is left of it, the group's idle file cache given up


def place(own_groups: str | None, controller: str) -> Place | None:
    """Reads /proc/self/cgroup: "4:memory:/docker/3f2a" in v1, "0::/user.slice" in v2.

    Where a container sees its own group as the root of the mount, the path may still be the
    host's. Its folders do not exist then, so they set no limits; the mount itself does.
    """
    lines = [line.split(":", 2) for line in (own_groups or "").splitlines()]
    paths = {name: line[2] for line in lines if len(line) == 3 for name in line[1].split(",")}
    if controller in paths:
        return Place(1, _upwards(f"{_MOUNT}/{controller}", paths[controller]))
    return Place(2, _upwards(_MOUNT, paths[""])) if "" in paths else None


def _upwards(mount: str, path: str) -> tuple[str, ...]:
    # ".." leads to groups outside the namespace, which cannot be seen
    parts = [part for part in path.split("/") if part not in ("", "..")]
    return tuple("/".join([mount, *parts[:depth]]) for depth in range(len(parts), -1, -1))


def budget(texts: Texts) -> Budget:
    """memory.high counts as a limit: above it, a process is throttled until it hardly runs."""
    stat = counts(texts.get("memory.stat"))
    limits = (
        number(texts.get("memory.max")),  # "max" is no number: no limit
        number(texts.get("memory.high")),
        number(texts.get("memory.limit_in_bytes")),
        stat.get("hierarchical_memory_limit"),  # v1: groups that a container cannot see included
    )
    limit = min((n for n in limits if n is not None and n < _UNLIMITED_BYTES), default=None)
    used = number(texts.get("memory.current") or texts.get("memory.usage_in_bytes"))
    if limit is None or used is None:
        return Budget(limit, None)
    idle_cache = stat.get("total_inactive_file", stat.get("inactive_file", 0))  # v1, v2
    return Budget(limit, max(0, limit - used + idle_cache))


def confined(memory: Memory, version: Version, budgets: Iterable[Budget]) -> Memory:
    """The machine's memory under all these budgets; the tightest wins."""
    machine_bytes = memory.total_bytes
    binding = [
        (each.limit_bytes, each.room_bytes)
        for each in budgets
        if each.limit_bytes is not None
        and (machine_bytes is None or each.limit_bytes < machine_bytes)
    ]
    if not binding:
        return memory
    rooms = [memory.available_bytes, *(room for _, room in binding)]
    known = [room for room in rooms if room is not None]
    return replace(
        memory,
        total_bytes=min(limit for limit, _ in binding),
        available_bytes=min(known) if len(known) == len(rooms) else None,
        limit=f"cgroup v{version}",
    )


def quota_cores(texts: Texts) -> int | None:
    """How many cores the group's share of time keeps busy, a begun one counted whole.

    `docker run --cpus 1.5` leaves every core visible, yet from the third thread on they only wait.
    """
    quota, _, period = (texts.get("cpu.max") or "").strip().partition(" ")
    quota_us = number(quota or texts.get("cpu.cfs_quota_us"))
    period_us = number(period or texts.get("cpu.cfs_period_us"))
    if not quota_us or not period_us:
        return None  # no limit is "max" in v2, -1 in v1
    return -(-quota_us // period_us)

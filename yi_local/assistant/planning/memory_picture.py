"""The memory of each device in parts that add up: what a plan would take, what a load has taken.

Pure: numbers in, numbers out; how they are drawn is the face's affair.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from yi_local.assistant.planning.experience import load_records
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.margins import CPU
from yi_local.planner.plan import DeviceEstimate, Plan
from yi_local.types import AllocatedMemory, ModelInfo

# In the order in which they are drawn. "shared": taken from the RAM by a GPU that has no memory of
# its own. "margin": what should stay free. "missing": drawn instead of what the device cannot hold.
Part = Literal[
    "others", "weights", "kv-cache", "compute", "process", "shared", "free", "margin", "missing"
]


@dataclass(frozen=True, slots=True)
class Share:
    part: Part
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One device; the shares, none of them empty, fill it and go beyond it by what is missing."""

    device: str  # "CPU" is the RAM
    description: str
    total_bytes: int | None
    free_bytes: int | None  # before the model is loaded
    shares: tuple[Share, ...]
    missing_bytes: int

    def of(self, part: Part) -> int:
        return sum(share.size_bytes for share in self.shares if share.part == part)


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one device: what was foreseen of a load, and what it then took."""

    device: str  # the backend's name
    predicted_bytes: int
    measured_bytes: int

    @property
    def more_bytes(self) -> int:
        return self.measured_bytes - self.predicted_bytes


def picture_of_plan(plan: Plan, hardware: Hardware) -> tuple[Bar, ...]:
    """The RAM first."""
    return tuple(_planned(estimate, hardware) for estimate in plan.memory.devices)


def picture_of_load(model: ModelInfo, plan: Plan, hardware: Hardware) -> tuple[Bar, ...]:
    """As it was allocated, before the background of the machine as it was when it was planned for.

    What llama.cpp's books do not tell, a device that is not in them, is shown as planned.
    """
    memory = model.memory
    if memory is None:
        return picture_of_plan(plan, hardware)
    really = [_measured(estimate, memory) for estimate in plan.memory.devices]
    return tuple(_planned(estimate, hardware) for estimate in really)


def differences(model: ModelInfo, plan: Plan, hardware: Hardware) -> tuple[Difference, ...]:
    """Only of what can be compared: of the RAM, without the file's own pages."""
    return tuple(
        Difference(record.backend, record.predicted_bytes, record.measured_bytes)
        for record in load_records(plan, model, hardware)
    )


def given_back(hardware: Hardware, loaded: Iterable[AllocatedMemory | None]) -> Hardware:
    """As if these models were unloaded; pages of their files count as free anyway."""
    ram, devices = hardware.memory, list(hardware.devices)
    for memory in loaded:
        if memory is None:
            continue
        if ram.available_bytes is not None:
            ram = replace(ram, available_bytes=ram.available_bytes + (memory.process_bytes or 0))
        devices = [
            device
            if device.free_bytes is None
            else replace(
                device, free_bytes=device.free_bytes + memory.taken_bytes.get(device.name, 0)
            )
            for device in devices
        ]
    return replace(hardware, memory=ram, devices=tuple(devices))


def columns(bar: Bar, width: int) -> tuple[tuple[Part, int], ...]:
    """How many of `width` columns each part gets, at least one each where there is room.

    What goes beyond the device stands last, as missing.
    """
    drawn = _cut_off(bar)
    total = sum(size for _, size in drawn)
    if total <= 0 or width <= 0:
        return ()
    ends = [round(width * done / total) for done in accumulate(size for _, size in drawn)]
    wide = [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
    for index, count in enumerate(wide):
        widest = max(range(len(wide)), key=wide.__getitem__)
        if count == 0 and wide[widest] > 1:
            wide[index], wide[widest] = 1, wide[widest] - 1
    return tuple((part, count) for (part, _), count in zip(drawn, wide, strict=True) if count)


# -- inside


def _cut_off(bar: Bar) -> list[tuple[Part, int]]:
    room = sum(share.size_bytes for share in bar.shares) - bar.missing_bytes
    found: list[tuple[Part, int]] = []
    for share in bar.shares:
        size = min(share.size_bytes, room)
        room -= size
        if size:
            found.append((share.part, size))
    if bar.missing_bytes:
        found.append(("missing", bar.missing_bytes))
    return found


def _measured(estimate: DeviceEstimate, memory: AllocatedMemory) -> DeviceEstimate:
    """What no book explains counts as the process's; where books are closed, the plan's parts."""
    booked = next((one for one in memory.devices if one.device == estimate.device), None)
    if booked is not None:
        estimate = replace(
            estimate,
            weights_bytes=booked.weights_bytes,
            kv_cache_bytes=booked.kv_cache_bytes,
            compute_bytes=booked.compute_bytes,
            work_bytes=booked.work_bytes,
        )
    if estimate.device == CPU:
        taken = memory.process_bytes
        if taken is not None and booked is not None:
            taken += booked.pageable_bytes
    else:
        taken = memory.taken_bytes.get(estimate.device)
    if taken is None:
        return estimate
    known = estimate.need_bytes - estimate.process_bytes
    return replace(estimate, process_bytes=max(0, taken - known))


def _planned(estimate: DeviceEstimate, hardware: Hardware) -> Bar:
    total, description = _whole(estimate.device, hardware)
    free = estimate.free_bytes
    taken = estimate.need_bytes + estimate.shared_bytes
    parts: list[tuple[Part, int]] = [
        ("others", max(0, total - free) if total is not None and free is not None else 0),
        ("weights", estimate.weights_bytes),
        ("kv-cache", estimate.kv_cache_bytes),
        ("compute", estimate.compute_bytes + estimate.work_bytes),
        ("process", estimate.process_bytes),
        ("shared", estimate.shared_bytes),
    ]
    if free is not None:
        margin = estimate.margin_bytes
        parts += [("free", max(0, free - taken - margin)), ("margin", margin)]
    shares = tuple(Share(part, size) for part, size in parts if size > 0)
    return Bar(estimate.device, description, total, free, shares, estimate.short_bytes)


def _whole(name: str, hardware: Hardware) -> tuple[int | None, str]:
    if name == CPU:
        return hardware.memory.total_bytes, hardware.cpu.model or ""
    device = hardware.device(name)
    return (device.total_bytes, device.description) if device else (None, "")

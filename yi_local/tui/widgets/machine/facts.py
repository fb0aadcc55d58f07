"""What the machine is: a table of labels and values, and what is to be mended."""

from collections.abc import Iterator
from typing import Any

from textual.content import Content
from textual.widgets import Static

from yi_local.assistant.doctor.checkup import Checkup
from yi_local.assistant.doctor.finding import Finding
from yi_local.hardware.snapshot import Device, Hardware
from yi_local.language import tr
from yi_local.planner.sizes import memory_size
from yi_local.text import clean, human_bytes, width_of

_GAP = 2  # columns between label and value


def device_line(device: Device, hardware: Hardware) -> str:
    """With its total and free memory; the CPU's is the RAM."""
    is_cpu = device.kind == "cpu"
    free = hardware.memory.available_bytes if is_cpu else device.free_bytes
    total = hardware.memory.total_bytes if is_cpu else device.total_bytes
    values = {
        "description": clean(device.description),
        "free": tr("unknown") if free is None else memory_size(free),
        "total": tr("unknown") if total is None else memory_size(total),
    }
    if is_cpu:
        return tr("{free} of {total} free", **values)
    if device.unified:
        return tr("{description}, {free} of {total} free, shared with the RAM", **values)
    return tr("{description}, {free} of {total} free", **values)


def rows(checkup: Checkup) -> Iterator[tuple[str, str]]:
    hardware, build = checkup.hardware, checkup.build
    cpu, memory = hardware.cpu, hardware.memory
    yield tr("processor"), _processor(hardware)
    if cpu.simd:
        yield tr("instructions"), " ".join(cpu.simd)
    if memory.bandwidth_bytes_s is not None:
        rate = human_bytes(round(memory.bandwidth_bytes_s))
        told = tr("{rate}/s, measured", rate=rate)
        given = tr("{rate}/s, by its data sheet", rate=rate)
        yield tr("RAM bandwidth"), told if memory.bandwidth_measured else given
    if memory.limit:
        yield tr("RAM limit"), clean(memory.limit)
    for device in hardware.devices:
        yield (
            tr("RAM") if device.kind == "cpu" else clean(device.name),
            device_line(device, hardware),
        )
    if not hardware.accelerators:
        yield tr("GPU"), tr("none that llama.cpp can use")
    if build is not None:
        yield "llama.cpp", clean(f"{build.llama_cpp}: {', '.join(build.backends)}")


def _processor(hardware: Hardware) -> str:
    cpu = hardware.cpu
    model = clean(cpu.model or tr("unknown"))
    if cpu.logical_cores is None:
        return model
    return tr("{model}, {n} cores for this program", model=model, n=cpu.logical_cores)


class FactsTable(Static):
    """Values wrap below themselves, not below their labels."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(markup=False, **kwargs)

    def show(self, checkup: Checkup) -> None:
        from rich.table import Table
        from rich.text import Text

        found = list(rows(checkup))
        table = Table.grid(padding=(0, _GAP, 0, 0))
        table.add_column(min_width=max(width_of(label) for label, _ in found), no_wrap=True)
        table.add_column()
        for label, value in found:
            table.add_row(Text(label, "dim"), Text(value))
        self.update(table)


class FindingsList(Static):
    """What the doctor says, with the commands that mend it, never broken."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(markup=False, **kwargs)

    def show(self, findings: tuple[Finding, ...]) -> None:
        if not findings:
            self.update(Content(tr("Nothing to mend.")))
            return
        parts = [_finding(number, each) for number, each in enumerate(findings, 1)]
        self.update(Content("\n\n").join(parts))


def _finding(number: int, finding: Finding) -> Content:
    lines = [
        Content.styled(clean(f"{number}. {finding.problem}"), "b"),
        Content(clean(finding.explanation)),
    ]
    for command in (finding.remedy_command, finding.other_command):
        if command is not None:
            lines += [Content.styled(clean(f"  {command}"), "$accent")]
    return Content("\n").join(lines)

"""What loads and answers on this machine have taught, kept in a small file.

Nothing in it says what was asked, or which file was loaded.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from yi_local.hardware.snapshot import Hardware
from yi_local.planner.lessons import Lesson, lesson_of
from yi_local.planner.plan import Experience, Plan
from yi_local.types import ModelInfo, Usage

_LOADS_KEPT = 50
_LESSONS_KEPT = 9  # for each backend: what slowed this machine down for a day is forgotten


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """One device of one load: what was predicted, and what was then taken."""

    backend: str  # "CPU", "CUDA", "MTL"
    predicted_bytes: int
    measured_bytes: int

    @property
    def residual_bytes(self) -> int:
        return self.measured_bytes - self.predicted_bytes


class ExperienceFile:
    """Read when asked, written at once; a file that cannot be read or written is no error."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Experience:
        lessons = self._lessons()
        return Experience(
            residual_bytes=_largest_residuals(self.loads()),
            bandwidth_bytes_s=_fastest(lessons, "bandwidth_bytes_s"),
            compute_flops=_fastest(lessons, "compute_flops"),
        )

    def loads(self) -> tuple[LoadRecord, ...]:
        """The latest ones, the oldest first."""
        return tuple(_records(LoadRecord, self._facts().get("loads")))

    @property
    def ram_bandwidth_bytes_s(self) -> float | None:
        value = self._facts().get("ram_bandwidth_bytes_s")
        return float(value) if isinstance(value, int | float) and value > 0 else None

    def learn_ram_bandwidth(self, bytes_per_s: float) -> None:
        self._write(self._facts() | {"ram_bandwidth_bytes_s": bytes_per_s})

    def learn_load(self, plan: Plan, model: ModelInfo, hardware: Hardware) -> None:
        records = [*self.loads(), *load_records(plan, model, hardware)]
        kept = [asdict(record) for record in records[-_LOADS_KEPT:]]
        self._write(self._facts() | {"loads": kept})

    def learn_answer(self, plan: Plan, usage: Usage, hardware: Hardware) -> None:
        lesson = lesson_of(plan, usage, hardware)
        if lesson is None:
            return
        others = [known for known in self._lessons() if known.backend != lesson.backend]
        same = [known for known in self._lessons() if known.backend == lesson.backend]
        kept = [*others, *same, lesson][-_LESSONS_KEPT - len(others) :]
        self._write(self._facts() | {"lessons": [asdict(each) for each in kept]})

    # -- inside

    def _lessons(self) -> list[Lesson]:
        return list(_records(Lesson, self._facts().get("lessons")))

    def _facts(self) -> dict[str, Any]:
        try:
            facts = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def _write(self, facts: Mapping[str, Any]) -> None:
        unfinished = self._path.with_suffix(".part")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(facts, indent=1), "utf-8")
            unfinished.replace(self._path)


def load_records(plan: Plan, model: ModelInfo, hardware: Hardware) -> tuple[LoadRecord, ...]:
    """The RAM first: of it, only what is not the file's own pages can be compared."""
    memory = model.memory
    if memory is None:
        return ()
    ram, *others = plan.memory.devices
    is_mapped = any(device.pageable_bytes for device in memory.devices)
    found = []
    if memory.process_bytes is not None and (memory.devices or not plan.memory.pageable_bytes):
        predicted = ram.need_bytes - (plan.memory.pageable_bytes if is_mapped else 0)
        found.append(LoadRecord("CPU", predicted, memory.process_bytes))
    for device in others:
        known, taken = hardware.device(device.device), memory.taken_bytes.get(device.device)
        if known is not None and taken is not None:
            found.append(LoadRecord(known.backend, device.need_bytes, taken))
    return tuple(found)


def _largest_residuals(records: Iterable[LoadRecord]) -> dict[str, int]:
    found: dict[str, int] = {}
    for record in records:
        found[record.backend] = max(found.get(record.backend, 0), record.residual_bytes)
    return found


def _fastest(lessons: Iterable[Lesson], name: str) -> dict[str, float]:
    """Other programs only ever slow an answer down, so the fastest tells most of the machine."""
    found: dict[str, float] = {}
    for lesson in lessons:
        value = getattr(lesson, name)
        if value is not None:
            found[lesson.backend] = max(found.get(lesson.backend, 0.0), value)
    return found


def _records(kind: Any, items: Any) -> Iterable[Any]:
    """Those that another version, or a damaged file, has not made strange."""
    for item in items if isinstance(items, list) else ():
        with suppress(TypeError):
            yield kind(**item)

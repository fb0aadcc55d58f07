"""Which model file to load on this machine, and how: headers in, plans out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yi_local.assistant.planning.machine import Machine
from yi_local.engine.dry_runs import DryRuns
from yi_local.errors import CannotLoad, YiLocalError
from yi_local.gguf_file import (
    GgufHeader,
    Source,
    Twin,
    open_model,
    quant_in_name,
    refuse_unloadable,
    twin_of,
)
from yi_local.hardware.snapshot import Hardware
from yi_local.language import tr
from yi_local.planner.budget import Budget, fits_accelerators
from yi_local.planner.choose import assess, choose
from yi_local.planner.contexts import context_ladder
from yi_local.planner.formulas.closed_form import closed_form
from yi_local.planner.formulas.shape import ModelShape, model_shape
from yi_local.planner.model_file import model_file
from yi_local.planner.options import partial, whole
from yi_local.planner.plan import Candidate, Experience, ModelFile, Plan, Ranking, Wish
from yi_local.types import DryRun, LoadOptions


@dataclass(frozen=True, slots=True)
class Subject:
    """A model as far as its headers tell: what every question about it needs."""

    file: ModelFile
    twin: Twin
    shape: ModelShape | None  # None: no closed formula holds for it


@dataclass(frozen=True, slots=True)
class Advice:
    ranking: Ranking
    refused: tuple[tuple[str, YiLocalError], ...]  # file names, why they cannot be loaded at all


def read_subject(path: Path) -> Subject:
    """Raises ModelNotFound or CannotLoad, in words, for what is no whole language model."""
    with open_model(path) as model:
        return subject_of(model.parts, path=str(path), size_bytes=model.size_bytes)


def subject_of(
    parts: Sequence[tuple[Source, GgufHeader]], *, path: str, size_bytes: int
) -> Subject:
    """From the headers of all shards, wherever they were read."""
    headers = [header for _, header in parts]
    refuse_unloadable(headers[0])
    name = Path(path).name
    file = model_file(
        headers, path=path, name=name, size_bytes=size_bytes, quant=quant_in_name(name)
    )
    return Subject(file, twin_of(parts), model_shape(headers))


class Advisor:
    """Asks the dry runs for what the planner wants to know."""

    def __init__(self, machine: Machine, experience: Experience, dry_runs: DryRuns) -> None:
        self._machine = machine
        self._hardware = machine.hardware
        self._experience = experience
        self._dry_runs = dry_runs

    @property
    def machine(self) -> Machine:
        return self._machine

    def advise(self, subjects: Iterable[Subject], wish: Wish) -> Advice:
        candidates: list[Candidate] = []
        refused: list[tuple[str, YiLocalError]] = []
        for subject in subjects:
            try:
                candidates += self.candidates(subject, wish)
            except YiLocalError as error:
                refused.append((subject.file.name, error))
        return Advice(self.rank(candidates, wish), tuple(refused))

    def rank(self, candidates: Sequence[Candidate], wish: Wish) -> Ranking:
        """Of one file or of many; quick beside finding the candidates."""
        return choose(candidates, self._hardware, wish, self._experience)

    def plan_for(self, subject: Subject, wish: Wish) -> Plan:
        """The best way to load one file; where none fits, the least impossible one.

        Raises CannotLoad for a file or a wish that llama.cpp cannot load at all.
        """
        found = self.rank(self.candidates(subject, wish), wish).each_file
        if not found:
            raise CannotLoad(tr("No way to load {name} has these options.", name=subject.file.name))
        return found[0]

    def freed(self, hardware: Hardware) -> "Advisor":
        """The same for this machine with other amounts of memory free."""
        machine = replace(self._machine, hardware=hardware)
        return Advisor(machine, self._experience, self._dry_runs)

    def ladder(self, subject: Subject, plan: Plan, wish: Wish) -> tuple[Plan, ...]:
        """The same plan with each context length up to all the model knows, in f16 and q8_0."""
        found: list[Candidate] = []
        for n_ctx in context_ladder(plan.file, wish):
            for kv_type in ("f16", "q8_0"):
                options = replace(
                    plan.options,
                    n_ctx=n_ctx,
                    type_k=kv_type,
                    type_v=kv_type,
                    flash_attention=None if kv_type == "f16" else True,
                )
                found += self._tried(subject, [options])
        assessed = assess(found, self._hardware, wish, self._experience)
        return tuple(assessment.plan(()) for assessment in assessed)

    def candidates(self, subject: Subject, wish: Wish) -> list[Candidate]:
        """The ways to load it, by dry runs. Raises the first refusal where there is none."""
        budget = Budget(self._hardware, wish, self._experience)

        def fits(options: LoadOptions) -> bool:
            candidate = Candidate(subject.file, options, self._dry_run(subject, options))
            return fits_accelerators(budget.estimate(candidate))

        found = list(self._tried(subject, whole(subject.file, self._hardware, wish)))
        if not found:
            self._dry_run(subject, whole(subject.file, self._hardware, wish)[0])
        if self._hardware.accelerators and not any(
            fits_accelerators(budget.estimate(candidate)) for candidate in found
        ):
            found += self._tried(subject, partial(subject.file, self._hardware, wish, fits))
        return found

    # -- inside

    def _tried(self, subject: Subject, ways: Iterable[LoadOptions]) -> Iterator[Candidate]:
        """Without those that llama.cpp refuses: a KV type that does not divide the heads, ..."""
        for options in ways:
            try:
                dry_run = self._dry_run(subject, options)
            except CannotLoad:
                continue
            yield Candidate(subject.file, options, dry_run)

    def _dry_run(self, subject: Subject, options: LoadOptions) -> DryRun:
        if self._machine.imagined:
            return self._by_formulas(subject, options, None)
        asked = self._dry_runs.of(subject.twin, options)
        if asked.basis == "llama.cpp":
            return asked
        return self._by_formulas(subject, options, asked)

    def _by_formulas(self, subject: Subject, options: LoadOptions, asked: DryRun | None) -> DryRun:
        """What llama.cpp did tell, its compute buffers, is better than an estimate of them."""
        found = None
        if subject.shape is not None:
            gpus, cpu = self._hardware.accelerators, self._hardware.cpu
            found = closed_form(subject.shape, options, gpus, cpu)
        if found is None:
            raise CannotLoad(
                tr(
                    "What {name} needs cannot be told: no formula holds for the architecture "
                    "{architecture!r}.",
                    name=subject.file.name,
                    architecture=subject.file.architecture,
                ),
                tr("Without --gpu-memory, the installed llama.cpp itself is asked."),
            )
        told = {device.device: device for device in asked.devices} if asked else {}
        devices = tuple(
            replace(device, compute_bytes=told[device.device].compute_bytes)
            if device.device in told
            else device
            for device in found.devices
        )
        return replace(found, devices=devices)

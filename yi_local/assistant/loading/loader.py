"""From plans to an engine that has a model loaded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yi_local.assistant.planning.experience import ExperienceFile
from yi_local.engine.client import Engine
from yi_local.errors import CannotLoad, EngineDied, NotEnoughMemory
from yi_local.gguf_file import open_model
from yi_local.hardware.snapshot import Hardware
from yi_local.language import tr
from yi_local.planner.plan import Plan
from yi_local.types import LoadProgress, Usage

MAX_RETRIES = 2
_WORTH_RETRYING = 0.95  # of what has failed: a plan that needs hardly less will fail as well


@dataclass(frozen=True, slots=True)
class NextPlan:
    """The plan before did not fit after all; this one is tried now."""

    failed: Plan
    plan: Plan
    reason: str


class Loader:
    """Loads by plan, the next one where memory runs out; remembers what it took.

    `plans` are of one file, the best first; `plan` is the one that was taken last.
    """

    def __init__(
        self,
        engine: Engine,
        plans: Sequence[Plan],
        hardware: Hardware,
        experience: ExperienceFile | None = None,
    ) -> None:
        self.engine = engine
        self.plan = plans[0]
        self._plans = tuple(plans)
        self._hardware = hardware
        self._experience = experience

    def replan(self, plans: Sequence[Plan], hardware: Hardware) -> None:
        """For the next load: what is free has changed. Of the same file."""
        self.plan, self._plans, self._hardware = plans[0], tuple(plans), hardware

    def load(self) -> Iterator[LoadProgress | NextPlan]:
        """Exhausted means loaded; closed early means given up.

        Raises ModelNotFound or CannotLoad; an engine that dies while loading is a model that
        cannot be loaded.
        """
        with open_model(Path(self.plan.options.path)):  # still there, and still whole
            pass
        retries = 0
        while True:
            try:
                yield from self.engine.load(self.plan.options)
                break
            except (NotEnoughMemory, EngineDied) as error:
                following = self._smaller() if _is_for_memory(error) else None
                if following is None or retries == MAX_RETRIES:
                    raise _explained(error) from error
                failed, self.plan, retries = self.plan, following, retries + 1
                yield NextPlan(failed, following, error.message.partition("\n")[0])
        model = self.engine.model
        if self._experience is not None and model is not None:
            self._experience.learn_load(self.plan, model, self._hardware)

    def learn(self, usage: Usage) -> None:
        """Takes the speed of an answer into account for the next plans."""
        if self._experience is not None:
            self._experience.learn_answer(self.plan, usage, self._hardware)

    def _smaller(self) -> Plan | None:
        """The next one that needs noticeably less."""
        limit = _WORTH_RETRYING * _need_bytes(self.plan)
        rest = self._plans[self._plans.index(self.plan) + 1 :]
        return next((plan for plan in rest if _need_bytes(plan) <= limit), None)


def _need_bytes(plan: Plan) -> int:
    return sum(device.need_bytes for device in plan.memory.devices)


def _is_for_memory(error: NotEnoughMemory | EngineDied) -> bool:
    return isinstance(error, NotEnoughMemory) or error.for_memory


def _explained(error: NotEnoughMemory | EngineDied) -> CannotLoad:
    if isinstance(error, NotEnoughMemory):
        return error
    kind = NotEnoughMemory if error.for_memory else CannotLoad
    return kind(tr("The model could not be loaded. {reason}", reason=error.message), error.hint)

"""One file's plans on this machine, with what is known of the model put right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yi_local.assistant.models.recognition import Recognised
from yi_local.assistant.planning.decision import decide
from yi_local.assistant.planning.opening import open_advisor
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.plan import Plan, Wish


@dataclass(frozen=True, slots=True)
class Planned:
    plans: tuple[Plan, ...]  # the best first, never none
    hardware: Hardware


def plan_file(
    path: Path,
    known: Recognised,
    wish: Wish,
    *,
    force: bool = False,
    engine_command: Sequence[str] | None = None,
) -> Planned:
    """Raises what `decide` raises: NotEnoughMemory, with numbers, for what does not fit."""
    with open_advisor(engine_command=engine_command) as advisor:
        plans = decide(advisor, path, wish, force=force)
        hardware = advisor.machine.hardware
    overrides = known.kv_overrides
    return Planned(
        tuple(
            replace(plan, options=replace(plan.options, kv_overrides=overrides)) for plan in plans
        ),
        hardware,
    )

"""What the programs of this person hold at the moment."""

from collections.abc import Iterator

from yi_local.assistant.warm.calling import Call, NotThere, Refused
from yi_local.assistant.warm.programs import Program, announced
from yi_local.types import Json


def living() -> Iterator[tuple[Program, Json | None]]:
    """Each with what it tells; None for one that runs, and is too busy to answer."""
    for program in announced():
        try:
            with Call(program) as call:
                yield program, call.get("status")
        except (NotThere, Refused):
            if program in announced():
                yield program, None


def ask_to_stop(program: Program) -> None:
    """Raises NotThere, Refused."""
    with Call(program) as call:
        call.post("stop", {})

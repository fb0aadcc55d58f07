"""Whether a program of this person has loaded the model that is wanted."""

import os
from dataclasses import dataclass

from yi_local import __version__
from yi_local.assistant.models.reference import DEMO, find_model
from yi_local.assistant.warm.calling import Call, NotThere, Refused
from yi_local.assistant.warm.programs import Program, announced
from yi_local.assistant.warm.warm_engine import WarmEngine
from yi_local.engine import protocol
from yi_local.errors import ModelNotFound
from yi_local.types import Json, ModelInfo


@dataclass(frozen=True, slots=True)
class Warm:
    """A model that another program has loaded."""

    program: Program
    model: Json  # how the private routes name it
    path: str
    title: str
    info: ModelInfo

    def engine(self) -> WarmEngine:
        return WarmEngine(self.program, self.model)


def find_warm(name: str) -> Warm | None:
    """By a path or a name as the command line takes it; of several programs the newest.

    Another version of ours may speak otherwise: it is not asked.
    """
    programs = [each for each in announced() if each.version == __version__]
    model = _meant(name) if programs else None
    if model is None:
        return None
    found = (_in_program(program, model) for program in programs)
    return next((warm for warm in found if warm is not None), None)


def _in_program(program: Program, model: Json) -> Warm | None:
    try:
        with Call(program) as call:
            told = call.post("find", {"model": model})
        info = protocol.model_info_from(told["info"])
        return Warm(program, model, str(told["path"]), str(told["title"]), info)
    except (NotThere, Refused, KeyError, TypeError, ValueError):
        return None


def _meant(name: str) -> Json | None:
    """None where there is no such file, which then is told as ever."""
    path = os.path.expanduser(name)
    if name == DEMO:
        try:
            path = str(find_model(DEMO))
        except ModelNotFound:
            return None
    elif not os.path.exists(path):
        return {"name": name}
    return {"path": os.path.realpath(path)}

"""A program that holds models, as it is called to a person."""

from yi_local.assistant.warm.programs import Program
from yi_local.language import tr


def program_words(program: Program) -> str:
    """ "yi serve (process 1234)"."""
    if program.kind == "app":
        return tr("the app (process {pid})", pid=program.pid)
    return tr("yi serve (process {pid})", pid=program.pid)

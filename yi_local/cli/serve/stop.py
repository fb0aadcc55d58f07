"""`yi stop`: ends the `yi serve` that runs, wherever it was begun."""

import time
from collections.abc import Sequence

from yi_local.assistant.warm.calling import NotThere, Refused
from yi_local.assistant.warm.programs import Program, announced
from yi_local.assistant.warm.status import ask_to_stop
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser, positive
from yi_local.cli.serve.program_words import program_words
from yi_local.errors import UsageError, YiLocalError
from yi_local.language import tr

_PATIENCE_S = 20.0  # answers may take 5 s to end, engines some more
_POLL_S = 0.05

_EXAMPLES = """\
  yi stop
  yi stop 1234
"""


def stop(argv: Sequence[str], context: Context) -> int:
    """0 also where nothing is to be stopped, as what was wished is so."""
    args = _parser().parse_intermixed_args(argv)
    chosen = _chosen(args.pid)
    if not chosen:
        context.output.say(tr("No yi serve runs."))
    for program in chosen:
        _stop(program)
        context.output.say(tr("{program} has ended.", program=program_words(program)))
    if args.pid is None:
        for program in announced():
            if program.kind == "app":
                told = tr(
                    "note: {program} goes on; it is closed where it is open",
                    program=program_words(program),
                )
                context.output.say(told)
    return 0


def _chosen(pid: int | None) -> list[Program]:
    """Raises UsageError where the one that is named cannot be stopped from here."""
    if pid is None:
        return [program for program in announced() if program.kind == "serve"]
    named = next((program for program in announced() if program.pid == pid), None)
    if named is None:
        raise UsageError(
            tr("Process {pid} is no yi serve.", pid=pid), tr("yi status shows what runs.")
        )
    if named.kind != "serve":
        raise UsageError(
            tr("Process {pid} is the app.", pid=pid), tr("Close it where it is open, with Ctrl-Q.")
        )
    return [named]


def _stop(program: Program) -> None:
    try:
        ask_to_stop(program)
    except (NotThere, Refused):
        if program not in announced():
            return
        raise YiLocalError(
            tr("{program} does not answer.", program=program_words(program)),
            tr("Try again, or end the process by its number."),
        ) from None
    deadline = time.monotonic() + _PATIENCE_S
    while program in announced():  # its file is the last that goes
        if time.monotonic() > deadline:
            raise YiLocalError(
                tr("{program} is still ending.", program=program_words(program)),
                tr("yi status shows whether it is there."),
            )
        time.sleep(_POLL_S)


def _parser() -> Parser:
    parser = Parser(
        prog="yi stop",
        takes="[PID]",
        description=tr(
            "Ends every yi serve of yours on this machine, or the one with this process number. "
            "The app\nis closed where it is open. Where none runs, that is told, and the exit "
            "code is 0."
        ),
        examples=_EXAMPLES,
    )
    number = tr("the process number that yi status shows")
    parser.add_argument("pid", metavar="PID", nargs="?", type=positive, help=number)
    return parser

"""`yi doctor`: what this machine has, what llama.cpp makes of it, what mends the difference."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict

from yi_local.assistant.doctor.checkup import Checkup
from yi_local.assistant.doctor.gather import check_up
from yi_local.cli.context import Context
from yi_local.cli.machine.doctor_report import report
from yi_local.cli.parser import Parser
from yi_local.language import mark, tr

_NARROWEST, _WIDEST = 40, 100  # columns; wider lines are hard to read

_STEPS = {
    "looking at the machine": mark("looking at the machine"),
    "asking llama.cpp": mark("asking llama.cpp"),
    "asking the Hub": mark("asking the Hub"),
}

_EXAMPLES = """\
  yi doctor
  yi doctor --json | jq '.findings[].remedy_command'
"""


def doctor(argv: Sequence[str], context: Context) -> int:
    """0 whatever is found: it is a report."""
    args = _parser().parse_intermixed_args(argv)
    checkup = check_up(
        os.environ,
        lambda step, done, total: context.output.progress.show(
            tr(_STEPS.get(step, step)), done, total
        ),
        offline=args.offline,
        engine_command=context.engine_command,
    )
    context.output.write(as_json(checkup) if args.json else report(checkup, _columns()))
    return 0


def as_json(checkup: Checkup) -> str:
    """One object. The devices are in `hardware`, not in `build` a second time."""
    facts = asdict(checkup)
    if facts["build"] is not None:
        del facts["build"]["devices"]
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


def _columns() -> int:
    return max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))


def _parser() -> Parser:
    parser = Parser(
        prog="yi doctor",
        takes="",
        description=tr(
            "What this machine has, what llama.cpp makes of it, and what mends the "
            "difference.\nNothing private is in it: it can be pasted into an issue."
        ),
        examples=_EXAMPLES,
    )
    parser.add_argument("--offline", action="store_true", help=tr("do not ask the Hub"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    return parser

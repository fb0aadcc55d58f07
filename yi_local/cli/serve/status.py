"""`yi status`: what is loaded, by which program, since when."""

import json
from collections.abc import Sequence

from yi_local.assistant.warm.status import living
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser
from yi_local.cli.serve.status_report import status_json, status_text
from yi_local.language import mark, tr

_EXAMPLES = """\
  yi status
  yi status --json | jq -r '.[].models[].name'
"""
_NOTHING = mark("""\
Nothing is loaded: neither yi serve nor the app runs.
  yi serve MODEL --detach   keeps a model loaded, and yi run answers at once""")


def status(argv: Sequence[str], context: Context) -> int:
    """0 also where nothing runs."""
    args = _parser().parse_intermixed_args(argv)
    found = list(living())
    if args.json:
        context.output.write(json.dumps(status_json(found), ensure_ascii=False) + "\n")
    elif found:
        context.output.write(status_text(found))
    else:
        context.output.say(tr(_NOTHING))
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="yi status",
        takes="",
        description=tr(
            "What is loaded at the moment: the models of yi serve and of the app, which yi run "
            "uses\nwithout loading them again."
        ),
        examples=_EXAMPLES,
    )
    parser.add_argument("--json", action="store_true", help=tr("print a JSON list"))
    return parser

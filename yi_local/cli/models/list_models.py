"""`yi list`: every model on this disk, whichever program put it there."""

import shutil
from collections.abc import Sequence

from yi_local.assistant.models.library import open_library
from yi_local.cli.context import Context
from yi_local.cli.models.list_report import list_json, list_text
from yi_local.cli.parser import Parser
from yi_local.language import mark, tr

_NARROWEST = 60  # columns

_EXAMPLES = """\
  yi list
  yi list --json | jq -r '.models[].places[].paths[]'
"""

_NOTHING = mark("""\
No model is here yet.
  yi pull yi-1.5-6b-chat   fetches one
  yi adopt FOLDER          if you have some in a folder""")


def list_models(argv: Sequence[str], context: Context) -> int:
    """0 also where nothing is here."""
    args = _parser().parse_intermixed_args(argv)
    known = open_library()
    columns = max(_NARROWEST, shutil.get_terminal_size().columns)
    context.output.write(list_json(known) if args.json else list_text(known, columns))
    if not known.entries and not args.json:
        context.output.say(tr(_NOTHING))
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="yi list",
        takes="",
        description=tr(
            "Every model on this disk: in the caches of Hugging Face and llama.cpp, in the "
            "stores of\nLM Studio, Jan, Ollama, GPT4All and ModelScope, and in folders that you "
            "named with yi adopt.\nThe same model in several places is one line."
        ),
        examples=_EXAMPLES,
    )
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    return parser

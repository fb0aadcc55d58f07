"""`yi show`: all about one model on this disk."""

import shutil
from collections.abc import Sequence

from yi_local.assistant.card.card_reading import read_card
from yi_local.assistant.models.library import find, open_library
from yi_local.catalogue.read import read_catalogue
from yi_local.cli.context import Context
from yi_local.cli.models.show_report import card_json, card_text
from yi_local.cli.parser import Parser
from yi_local.errors import CannotLoad
from yi_local.language import tr

_NARROWEST, _WIDEST = 60, 100  # columns; wider lines are hard to read

_EXAMPLES = """\
  yi show demo
  yi show owner/repo:Q4_K_M
  yi show ./model.gguf --template
  yi show demo --json | jq .header.n_ctx_train
"""


def show(argv: Sequence[str], context: Context) -> int:
    """Tells what is known also of what does not load; then the exit code is 4."""
    args = _parser().parse_intermixed_args(argv)
    catalogue = read_catalogue()
    entry = find(args.model, open_library(), catalogue)
    card = read_card(entry, catalogue)
    if args.template and card.facts is not None:
        context.output.write(card.facts.chat_template.rstrip("\n") + "\n")
        return 0
    columns = max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))
    context.output.write(card_json(card) if args.json else card_text(card, columns))
    if entry.trouble is not None:
        raise CannotLoad(entry.trouble, entry.hint)
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="yi show",
        takes="MODEL",
        description=tr(
            "What a model is: its header, chat template, licence, origin and known "
            "defects.\nNothing is loaded."
        ),
        examples=_EXAMPLES,
    )
    add = parser.add_argument
    model = tr("a path, a name of yi list, owner/repo[:quant], or demo")
    add("model", metavar="MODEL", help=model)
    add("--template", action="store_true", help=tr("print the chat template alone"))
    add("--json", action="store_true", help=tr("print one JSON object"))
    return parser

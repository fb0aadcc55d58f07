"""`yi adopt`: remembers a folder of models, used in place."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from yi_local.assistant.models.library import look_into, open_library, remember
from yi_local.assistant.models.place_words import short_path
from yi_local.cli.context import Context
from yi_local.cli.models.adopt_report import adoption_json, adoption_text
from yi_local.cli.parser import Parser
from yi_local.hub.library.adoption import Adoption
from yi_local.language import mark, tr

_EXAMPLES = mark("""\
  yi adopt ~/models
  yi adopt ./Yi-6B-Chat-GGUF          a git checkout, pointer files too
""")


def adopt(argv: Sequence[str], context: Context) -> int:
    """Nothing is copied or moved; the same again changes nothing."""
    args = _parser().parse_intermixed_args(argv)
    found = look_into(Path(args.path), open_library())
    new = remember(found.remember)
    context.output.write(adoption_json(found, new) if args.json else adoption_text(found))
    context.output.say(_outcome(found, new))
    if pointer := _to_fill(found):
        context.output.say(
            tr("To put a model in its pointer's place: yi pull {path}", path=quote(pointer))
        )
    return 0


def _outcome(found: Adoption, new: Sequence[Path]) -> str:
    if not found.remember:
        return tr("Another program keeps these; yi list shows them already.")
    where = short_path(found.remember[0])
    if new:
        return tr("{folder} is remembered; yi list shows it.", folder=where)
    return tr("{folder} was known already.", folder=where)


def _to_fill(found: Adoption) -> str | None:
    """The first pointer whose model is here already, or can be fetched."""
    for each in found.pointers:
        if each.fetchable or each.here is not None:
            return str(each.pointer.path)
    return None


def _parser() -> Parser:
    parser = Parser(
        prog="yi adopt",
        takes="DIR_OR_FILE",
        description=tr(
            "Remembers a folder of .gguf files, or one file: yi list shows what is in it "
            "from now on.\nNothing is copied or moved."
        ),
        examples=tr(_EXAMPLES),
    )
    parser.add_argument("path", metavar="DIR_OR_FILE", help=tr("a folder, or a .gguf file"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    return parser

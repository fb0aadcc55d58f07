"""`yi verify`: reads models again, and compares them with what they should be."""

from collections.abc import Callable, Sequence

from yi_local.assistant.models.library import find, open_library
from yi_local.assistant.models.place_words import in_order
from yi_local.assistant.models.verification import Checked, check, copies
from yi_local.catalogue.read import read_catalogue
from yi_local.cli.context import Context
from yi_local.cli.models.verify_report import checked_json, checked_text
from yi_local.cli.parser import Parser
from yi_local.errors import UsageError, YiLocalError
from yi_local.hub.library.library import LibraryEntry
from yi_local.language import tr, trn

_EXAMPLES = """\
  yi verify demo
  yi verify owner/repo:Q4_K_M other/repo:Q8_0
  yi verify --all
"""


def verify(argv: Sequence[str], context: Context) -> int:
    """1 where a file is damaged or cannot be read."""
    parser = _parser()
    args = parser.parse_intermixed_args(argv)
    if bool(args.model) == args.all:
        raise UsageError(
            tr("Name models, or give --all."),
            tr("{command} --help shows examples.", command=parser.prog),
        )
    known, catalogue = open_library(), read_catalogue()
    if args.all:  # a pointer is no model that could be damaged
        entries = [entry for entry in in_order(known) if entry.model.pointer is None]
    else:
        entries = [find(name, known, catalogue) for name in args.model]
        _refuse_pointers(entries)
    waiting = [(entry, place) for entry in dict.fromkeys(entries) for place in copies(entry)]
    found = []
    for number, (entry, place) in enumerate(waiting, 1):
        label = tr("Checking")
        if len(waiting) > 1:
            label = tr("Checking {n} of {all}", n=number, all=len(waiting))
        found.append(check(entry, place, catalogue, _bar(context, label)))
        context.output.progress.clear()
        if not args.json:
            context.output.write(checked_text(found[-1]))
    if args.json:
        context.output.write(checked_json(found))
    _fail_for(found)
    return 0


def _bar(context: Context, label: str) -> Callable[[int, int], None]:
    return lambda done, total: context.output.progress.show(label, done, max(total, done, 1))


def _refuse_pointers(entries: Sequence[LibraryEntry]) -> None:
    for entry in entries:
        if entry.model.pointer is not None and entry.trouble is not None:
            raise YiLocalError(entry.trouble, entry.hint)


def _fail_for(found: Sequence[Checked]) -> None:
    bad = [each for each in found if each.outcome not in ("whole", "unknown")]
    if not bad:
        return
    ours = [each.name for each in bad if each.place.may_delete and each.place.repo_id]
    hint = tr("Download it again with the program that keeps it.")
    if ours:
        hint = tr("Download it again: yi rm {model} && yi pull {model}", model=ours[0])
    if len(found) == 1:
        raise YiLocalError(tr("{model} is not what it should be.", model=bad[0].name), hint)
    raise YiLocalError(
        trn(
            "{n} of {all} copies is not what it should be.",
            "{n} of {all} copies are not what it should be.",
            len(bad),
            all=len(found),
        ),
        hint,
    )


def _parser() -> Parser:
    parser = Parser(
        prog="yi verify",
        takes="MODEL...",
        description=tr(
            "Reads every byte of models, and compares their sha256 with what the Hub named "
            "them by.\nNothing is asked over the network."
        ),
        examples=_EXAMPLES,
    )
    name = tr("a path, a name of yi list, or owner/repo[:quant]")
    parser.add_argument("model", metavar="MODEL", nargs="*", help=name)
    parser.add_argument("--all", action="store_true", help=tr("every model on this disk"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    return parser

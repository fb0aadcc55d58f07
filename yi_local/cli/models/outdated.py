"""`yi outdated`: what has changed where it came from; nothing is fetched."""

import json
from collections.abc import Mapping, Sequence

from yi_local.assistant.models.freshness import Freshness, State, freshness
from yi_local.assistant.models.library import open_library
from yi_local.assistant.models.sources import Sources
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser
from yi_local.cli.table import table
from yi_local.errors import UsageError
from yi_local.language import mark, tr
from yi_local.text import shortened

_EXAMPLES = """\
  yi outdated
  yi outdated --json | jq '.[] | select(.state == "changed") | .name'
"""
_NAME_WIDTH = 50  # columns
_STATES: Mapping[State, str] = {
    "current": mark("current"),
    "changed": mark("changed"),
    "gone": mark("gone"),
    "unknown": mark("unknown"),
}


def outdated(argv: Sequence[str], context: Context) -> int:
    args = _parser().parse_intermixed_args(argv)
    known = open_library()
    with Sources(offline=args.offline) as sources:
        if sources.offline:
            raise UsageError(tr("Offline, nobody can be asked what has changed."))
        found = list(freshness(sources, known.entries))
    context.output.write(_json(found) if args.json else _text(found))
    return 0


def _text(found: Sequence[Freshness]) -> str:
    if not found:
        return tr("Nothing here came from a repository.") + "\n"
    told = [each for each in found if each.state != "current"]
    if not told:
        return tr("All {n} are as they are where they came from.", n=len(found)) + "\n"
    rows = [
        [shortened(each.entry.name, _NAME_WIDTH), tr(_STATES[each.state]), each.why]
        for each in told
    ]
    text = table([tr("model"), tr("state"), ""], rows, left=(0, 1, 2))
    if any(each.state == "changed" for each in told):
        text += "\n" + tr("yi pull MODEL fetches what has changed.") + "\n"
    return text


def _json(found: Sequence[Freshness]) -> str:
    rows = [
        {
            "name": each.entry.name,
            "path": str(each.entry.path),
            "repo_id": each.repo_id,
            "state": each.state,
            "why": each.why or None,
        }
        for each in found
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _parser() -> Parser:
    parser = Parser(
        prog="yi outdated",
        takes="",
        description=tr(
            "Which models here have changed on the Hub: same repository and name, other content."
        ),
        examples=_EXAMPLES,
    )
    parser.add_argument("--offline", action="store_true", help=tr("no request leaves this machine"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON list"))
    return parser

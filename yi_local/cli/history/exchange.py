"""`yi history export` and `import`: conversations leave, and come in."""

import json
from collections.abc import Sequence
from pathlib import Path

from yi_local.assistant.exchange.gathering import gather
from yi_local.assistant.exchange.importing import Imported, bring_in
from yi_local.assistant.exchange.markdown import to_markdown
from yi_local.assistant.exchange.native import to_json
from yi_local.assistant.exchange.reading import read_conversations
from yi_local.assistant.exchange.whole import Whole, path_of
from yi_local.cli.context import Context
from yi_local.cli.history.place import conversation_id, open_history
from yi_local.cli.parser import Parser
from yi_local.errors import UsageError, YiLocalError
from yi_local.language import mark, tr, trn
from yi_local.text import one_line

_EXPORT_EXAMPLES = mark("""\
  yi history export 12 > talk.md
  yi history export 12 -o talk.json       JSON by the file's name; it loses nothing
  yi history export --all --format json -o all.json
""")
_IMPORT_EXAMPLES = mark("""\
  yi history import all.json              what yi history export has written
  yi history import chatgpt-export.zip    ChatGPT's; or conversations.json out of it
""")
_BETWEEN = "\n---\n\n"  # conversations in one Markdown file


def export_history(argv: Sequence[str], context: Context) -> int:
    """The file's text goes to stdout where no file is named."""
    parser = Parser(
        prog="yi history export",
        takes="ID...",
        description=tr(
            "Conversations as Markdown, their current path, or as JSON with every branch."
        ),
        examples=tr(_EXPORT_EXAMPLES),
    )
    add = parser.add_argument
    add("ids", metavar="ID", type=conversation_id, nargs="*", help=tr("a number of yi history"))
    add("--all", action="store_true", help=tr("every conversation"))
    formats = tr("markdown, or json, which loses nothing")
    add("--format", choices=("markdown", "json"), help=formats)
    add("-o", "--output", metavar="FILE", help=tr("write it there instead of to stdout"))
    add("--force", action="store_true", help=tr("replace a file of that name"))
    args = parser.parse_intermixed_args(argv)
    if bool(args.ids) == args.all:
        raise UsageError(
            tr("Name conversations, or give --all."),
            tr("{command} --help shows examples.", command=parser.prog),
        )
    file = Path(args.output).expanduser() if args.output else None
    if file is not None and file.exists() and not args.force:
        raise _exists(file)
    with open_history(context.output) as store:
        wholes = gather(store, None if args.all else args.ids)
    as_json = args.format == "json" or (
        args.format is None and file is not None and file.suffix.lower() == ".json"
    )
    text = to_json(wholes) if as_json else _markdown(wholes)
    if file is None:
        context.output.write(text)
        return 0
    _write(file, text, args.force)
    count = len(wholes)
    context.output.say(
        trn("{n} conversation is in {file}.", "{n} conversations are in {file}.", count, file=file)
    )
    return 0


def import_history(argv: Sequence[str], context: Context) -> int:
    """1 where something in the file is broken; the rest of it is in then."""
    parser = Parser(
        prog="yi history import",
        takes="FILE",
        description=tr(
            "Brings conversations in, with their branches. Those that are here already are "
            "passed over."
        ),
        examples=tr(_IMPORT_EXAMPLES),
    )
    file = tr("JSON of yi history export, or ChatGPT's export, .zip or .json")
    parser.add_argument("file", metavar="FILE", help=file)
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    args = parser.parse_intermixed_args(argv)
    read = read_conversations(Path(args.file).expanduser())
    with open_history(context.output) as store:
        imported = bring_in(
            store,
            read,
            lambda done, total: context.output.progress.show(
                tr("Importing"), done, total, tr("conversations")
            ),
        )
    context.output.progress.clear()
    if args.json:
        context.output.write(_json(imported))
    else:
        context.output.say("\n".join(_told(imported)))
    if imported.broken:
        raise YiLocalError(
            trn(
                "{n} conversation in the file is broken.",
                "{n} conversations in the file are broken.",
                len(imported.broken),
            ),
            tr("The others are in."),
        )
    return 0


def _markdown(wholes: Sequence[Whole]) -> str:
    return _BETWEEN.join(to_markdown(whole.conversation, path_of(whole)) for whole in wholes)


def _write(file: Path, text: str, force: bool) -> None:
    try:
        with file.open("w" if force else "x", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
    except FileExistsError:
        raise _exists(file) from None
    except OSError as error:
        raise YiLocalError(
            tr("{path} cannot be written: {reason}.", path=file, reason=error.strerror)
        ) from None


def _exists(path: Path) -> UsageError:
    return UsageError(
        tr("{path} exists already.", path=path),
        tr("Give another name, or --force to replace it."),
    )


def _told(imported: Imported) -> list[str]:
    n_new = len(imported.conversations)
    lines = [
        trn(
            "{n} conversation came in, with {messages} messages.",
            "{n} conversations came in, with {messages} messages.",
            n_new,
            messages=f"{imported.n_messages:,}",
        )
        if n_new
        else tr("No conversation came in.")
    ]
    if imported.n_known:
        lines.append(trn("{n} was here already.", "{n} were here already.", imported.n_known))
    if imported.n_empty:
        lines.append(
            trn("In {n} nothing was said.", "In {n} of them nothing was said.", imported.n_empty)
        )
    if imported.n_left_out:
        lines.append(
            trn(
                "{n} picture or sound is only a word in its place.",
                "{n} pictures and sounds are only a word in their place.",
                imported.n_left_out,
            )
        )
    for each in imported.broken:
        title = one_line(each.title) or tr("without a title")
        lines.append(tr("left out: {title}: {reason}", title=title, reason=one_line(each.reason)))
    return lines


def _json(imported: Imported) -> str:
    value = {
        "imported": [
            {"id": each.id, "title": each.title, "n_messages": each.n_messages}
            for each in imported.conversations
        ],
        "known": imported.n_known,
        "empty": imported.n_empty,
        "left_out": imported.n_left_out,
        "broken": [{"title": each.title, "reason": each.reason} for each in imported.broken],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"

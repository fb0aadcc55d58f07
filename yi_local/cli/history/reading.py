"""`yi history list`, `search` and `show`: what was said, in front of you."""

import shutil
from collections.abc import Sequence

from yi_local.assistant.exchange.gathering import gather
from yi_local.assistant.exchange.markdown import to_markdown
from yi_local.cli.context import Context
from yi_local.cli.history.place import message_or_conversation, open_history
from yi_local.cli.history.report import (
    hits_json,
    hits_text,
    list_json,
    list_text,
    tree_text,
    whole_json,
)
from yi_local.cli.parser import Parser, positive
from yi_local.language import mark, tr

_NARROWEST = 60  # columns

_NOTHING = mark("""\
Nothing is kept yet. What you say from now on is:
  yi chat demo                    talks with the small demo model
  yi history import FILE          brings in ChatGPT's export""")

_OVERVIEW = mark("""\
What was said, in every conversation, newest first.

  yi history                                  the list
  yi history search WORDS                     where it was said
  yi history show ID [--all]                  reads it again; --all with every branch
  yi history export ID... [-o FILE]           as Markdown, or --format json, which loses nothing
  yi history export --all [-o FILE]           all of them; --force replaces the file
  yi history import FILE                      yi's own JSON, or ChatGPT's export
  yi history rm ID... [--yes]                 says what goes, and asks
""")
_LIST_EXAMPLES = """\
  yi history
  yi history -n 5 --json | jq -r '.conversations[].title'
  yi history search --help
"""
_SEARCH_EXAMPLES = """\
  yi history search llama.cpp
  yi history search 天气
  yi history search --in 12 "what if" --json | jq .hits[0]
"""
_SHOW_EXAMPLES = mark("""\
  yi history show 12
  yi history show 12 --all            every branch, with the messages' numbers
  yi history show m34                 up to message 34, on whatever branch it is
  yi history show 12 --json | jq -r '.messages[-1].content'
""")


def list_history(argv: Sequence[str], context: Context) -> int:
    """0 also where there is none."""
    parser = Parser(
        prog="yi history",
        takes="[list]",
        description=tr(_OVERVIEW),
        examples=_LIST_EXAMPLES,
    )
    add = parser.add_argument
    add("-n", type=positive, default=20, metavar="N", help=tr("at most N (20)"))
    add("--json", action="store_true", help=tr("print one JSON object"))
    args = parser.parse_intermixed_args(argv)
    with open_history(context.output) as store:
        found = store.conversations(limit=args.n + 1)
    shown = found[: args.n]
    if args.json:
        context.output.write(list_json(shown))
    elif shown:
        context.output.write(list_text(shown, _columns()))
        if len(found) > args.n:
            context.output.say(tr("There are more: yi history -n {n}", n=args.n * 5))
    else:
        context.output.say(tr(_NOTHING))
    return 0


def search_history(argv: Sequence[str], context: Context) -> int:
    """0 also where nothing is found, as a script reads the list of hits."""
    parser = Parser(
        prog="yi history search",
        takes="WORDS",
        description=tr(
            "Messages and titles that hold the words, best first. What was found stands "
            "between >> and <<."
        ),
        examples=_SEARCH_EXAMPLES,
    )
    add = parser.add_argument
    add("words", metavar="WORDS", nargs="+", help=tr("in any language; one hanzi is enough"))
    add("-n", type=positive, default=20, metavar="N", help=tr("at most N (20)"))
    add("--in", dest="inside", type=positive, metavar="ID", help=tr("in this conversation alone"))
    add("--json", action="store_true", help=tr("print one JSON object"))
    args = parser.parse_intermixed_args(argv)
    words = " ".join(args.words)
    with open_history(context.output) as store:
        if args.inside is not None:
            store.conversation(args.inside)  # a wrong number is told, not searched
        hits = store.search(words, limit=args.n, conversation_id=args.inside)
    if args.json:
        context.output.write(hits_json(hits))
    elif hits:
        context.output.write(hits_text(hits, _columns()))
    else:
        context.output.say(tr('Nobody has said "{words}" here.', words=words))
    return 0


def show_history(argv: Sequence[str], context: Context) -> int:
    parser = Parser(
        prog="yi history show",
        takes="ID",
        description=tr("A conversation as Markdown: its current path, or every branch as a tree."),
        examples=tr(_SHOW_EXAMPLES),
    )
    add = parser.add_argument
    which = tr("a conversation, as 12, or up to a message, as m34")
    add("id", metavar="ID", type=message_or_conversation, help=which)
    add("--all", action="store_true", help=tr("every branch, a line for each message"))
    add("--json", action="store_true", help=tr("print one JSON object, with the messages' numbers"))
    args = parser.parse_intermixed_args(argv)
    number, is_message = args.id
    with open_history(context.output) as store:
        if is_message:
            path = store.path_to(number)
            number = path[-1].conversation_id
        else:
            path = store.path(number)
        conversation = store.conversation(number)
        if args.json or args.all:
            [whole] = gather(store, [number])
    if args.json:
        text = whole_json(whole, None if args.all else path)
    elif args.all:
        text = tree_text(whole, _columns())
    else:
        text = to_markdown(conversation, path)
    context.output.write(text)
    return 0


def _columns() -> int:
    return max(_NARROWEST, shutil.get_terminal_size().columns)

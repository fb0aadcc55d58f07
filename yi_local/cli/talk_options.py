"""The options of `yi run` that are about more than one question: files, conversations."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from yi_local.cli.history.place import conversation_id
from yi_local.cli.parser import Parser
from yi_local.language import tr

if TYPE_CHECKING:
    from yi_local.store.records import Attachment


def add_talk_options(parser: Parser) -> None:
    """A plain run is saved nowhere; one that goes on in a conversation is."""
    group = parser.add_argument_group(tr("files and conversations"))
    add = group.add_argument
    file = tr("attach the text of this file; can be given again")
    add("-f", "--file", metavar="FILE", action="append", help=file)
    where = group.add_mutually_exclusive_group()
    go_on = tr("go on in the last conversation, and save it")
    where.add_argument("--continue", dest="last", action="store_true", help=go_on)
    which = tr("go on in this conversation of yi history, and save it")
    where.add_argument("-c", "--conversation", metavar="ID", type=conversation_id, help=which)
    save = tr("save it: alone, as a new conversation; --no-save leaves a conversation as it was")
    add("--save", action=argparse.BooleanOptionalAction, help=save)
    fit = tr("where the context is full, leave out the oldest turns (refuse, exit code 5)")
    add("--fit", action="store_true", help=fit)


def attached(names: Sequence[str]) -> "tuple[Attachment, ...]":
    """Raises UsageError for what cannot be read or is no text."""
    if not names:
        return ()
    from yi_local.assistant.talk.documents import read_document  # only who attaches pays for it

    return tuple(map(read_document, names))

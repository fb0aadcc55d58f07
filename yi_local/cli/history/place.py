"""Where the conversations are, and how a person names one of them."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from yi_local import paths
from yi_local.cli.output import Output
from yi_local.language import tr

if TYPE_CHECKING:
    from yi_local.store.conversations import Store
    from yi_local.store.records import Conversation


def open_history(output: Output) -> "Store":
    """To be closed by the caller."""
    from yi_local.store.conversations import Store  # not for who only names a conversation

    store = Store(paths.conversations_file())
    if store.recovered is not None:
        output.say(tr("note: {problem}", problem=store.recovered))
    return store


def conversation_id(text: str) -> int:
    """12"""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(
            tr("{given} is no number of a conversation, as in yi history list", given=repr(text))
        )
    return int(text)


def message_or_conversation(text: str) -> tuple[int, bool]:
    """12 is a conversation, m34 a message: the number, and whether it is a message's."""
    if text[:1] in ("m", "M") and text[1:].isdecimal():
        return int(text[1:]), True
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(
            tr("{given} is neither a conversation, as 12, nor a message, as m34", given=repr(text))
        )
    return int(text), False


def every(store: "Store", ids: Sequence[int]) -> "list[Conversation]":
    """Raises UsageError for the first that is not there, before anything is done to the others."""
    return [store.conversation(each) for each in dict.fromkeys(ids)]

"""Conversations of a file come into the store; those that are there already do not come twice."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yi_local.assistant.exchange.whole import Broken, Read, Whole
from yi_local.store.conversations import Store
from yi_local.store.records import Conversation, Node

_ALL = 1 << 60

_Mark = tuple[str, float, int]  # title, when it began, how many messages


@dataclass(frozen=True, slots=True)
class Imported:
    conversations: tuple[Conversation, ...]  # as they are stored
    n_messages: int
    n_known: int  # were there already
    n_empty: int
    n_left_out: int  # pictures and sounds
    broken: tuple[Broken, ...]


def bring_in(
    store: Store, read: Read, on_progress: Callable[[int, int], None] | None = None
) -> Imported:
    """Each conversation is one transaction: what is in when it is stopped stays, and is known.

    `on_progress` gets how many are done, of how many.
    """
    known = _Known(store)
    brought: list[Conversation] = []
    n_known = n_left_out = 0
    for number, whole in enumerate(read.wholes):
        if on_progress is not None:
            on_progress(number, len(read.wholes))
        if known.has(whole):
            n_known += 1
        else:
            brought.append(store.put(whole.conversation, whole.nodes, whole.chosen))
            known.add(whole)
            n_left_out += whole.n_left_out
    return Imported(
        tuple(brought),
        sum(each.n_messages for each in brought),
        n_known,
        read.n_empty,
        n_left_out,
        read.broken,
    )


class _Known:
    """The same title, beginning and number of messages, and the same first text."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stored: dict[_Mark, list[int]] = {}  # not compared by text yet
        self._texts: dict[_Mark, set[bytes]] = {}
        for each in store.conversations(limit=_ALL):
            self._stored.setdefault(_mark(each), []).append(each.id)

    def has(self, whole: Whole) -> bool:
        mark = _mark(whole.conversation)
        texts = self._texts.setdefault(mark, set())
        for conversation_id in self._stored.pop(mark, ()):
            texts.add(_first(self._store.tree(conversation_id)[:1]))
        return _first_of(whole) in texts

    def add(self, whole: Whole) -> None:
        self._texts.setdefault(_mark(whole.conversation), set()).add(_first_of(whole))


def _mark(conversation: Conversation) -> _Mark:
    return conversation.title, conversation.created_s, conversation.n_messages


def _first_of(whole: Whole) -> bytes:
    return _first(whole.nodes[:1])


def _first(nodes: Sequence[Node]) -> bytes:
    text = "".join(node.message.content for node in nodes)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

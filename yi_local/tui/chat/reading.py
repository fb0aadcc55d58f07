"""What the transcript reads from the store: pieces of the current path, wherever they stand."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from yi_local.language import tr, trn
from yi_local.store.conversations import Store
from yi_local.store.records import Node
from yi_local.tui.chat.talk import Talk
from yi_local.tui.widgets.transcript.entry import Entry


class Reading:
    """The path as it was when it was opened; the messages on it as they are now.

    Nothing here waits for the disk on the event loop.
    """

    def __init__(self, store: Store, talk: Talk, ids: tuple[int, ...]) -> None:
        self.ids = ids
        self._store = store
        self._talk = talk

    @classmethod
    async def open(cls, store: Store, talk: Talk, node_id: int | None = None) -> "Reading":
        """On the path through `node_id` where one is named: it is chosen where it was not."""
        return cls(store, talk, await asyncio.to_thread(_path_ids, store, talk.id, node_id))

    async def entries(self, first: int, last: int) -> list[Entry]:
        nodes, siblings = await asyncio.to_thread(self._read, self.ids[first:last], last)
        return [self._entry(node, siblings) for node in nodes]

    async def entry(self, node_id: int) -> Entry:
        node, siblings = await asyncio.to_thread(self._one, node_id)
        return self._entry(node, siblings)

    def _one(self, node_id: int) -> tuple[Node, Mapping[int, tuple[int, ...]]]:
        return self._store.node(node_id), {node_id: self._store.siblings(node_id)}

    def _read(
        self, ids: Sequence[int], last: int
    ) -> tuple[list[Node], Mapping[int, tuple[int, ...]]]:
        if not ids or self._talk.id is None:
            return [], {}
        before = self.ids[last] if last < len(self.ids) else None
        found = {
            node.id: node for node in self._store.path(self._talk.id, last=len(ids), before=before)
        }
        nodes = [found.get(each) or self._store.node(each) for each in ids]
        return nodes, self._store.siblings_of(ids)

    def _entry(self, node: Node, siblings: Mapping[int, tuple[int, ...]]) -> Entry:
        running = self._talk.running
        if running is not None and running.node_id == node.id:
            return Entry(node, siblings[node.id], self._unseen(running.left_out), running.feed)
        unkept = self._talk.unkept.get(node.id, "")
        if len(unkept) > len(node.message.content):  # of a full disk: it is on the screen at least
            node = replace(node, message=replace(node.message, content=unkept))
        left_out = node.receipt.left_out if node.receipt is not None else ()
        return Entry(node, siblings.get(node.id, ()), self._unseen(left_out))

    def _unseen(self, left_out: Sequence[int]) -> str:
        """Which messages the model did not see, by their numbers from the top."""
        if not left_out:
            return ""
        places = {node_id: place for place, node_id in enumerate(self.ids, start=1)}
        numbers = sorted(places[node_id] for node_id in left_out if node_id in places)
        return trn(
            "The context was full: the model did not see {n} message ({which}).",
            "The context was full: the model did not see {n} messages ({which}).",
            len(left_out),
            which=spans(numbers) or tr("of another version"),
        )


def spans(numbers: Sequence[int]) -> str:
    """Ascending numbers in short: "1-4, 7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)


def _path_ids(store: Store, conversation_id: int | None, node_id: int | None) -> tuple[int, ...]:
    if conversation_id is None:
        return ()
    ids = store.path_ids(conversation_id)
    if node_id is not None and node_id not in ids:
        store.choose(node_id)
        ids = store.path_ids(conversation_id)
    return ids

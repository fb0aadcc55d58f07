"""What is said, as it happens: questions, and answers as they grow."""

import sqlite3
import time
from collections.abc import Sequence

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.store import tree
from yi_local.store.part import StorePart
from yi_local.store.receipts import receipt_text
from yi_local.store.records import Attachment, Node, Receipt
from yi_local.store.rows import attachments_text, stored
from yi_local.types import FinishReason


class Talk(StorePart):
    def ask(
        self,
        conversation_id: int,
        parent_id: int | None,
        text: str,
        attachments: Sequence[Attachment] = (),
    ) -> Node:
        """A question below `parent_id`, beside what is there; the current path ends with it.

        It is on the disk when this returns.
        """
        with self._database.writing() as connection:
            node_id = _insert(
                connection,
                conversation_id,
                parent_id,
                role="user",
                content=stored(text),
                attachments=attachments_text(attachments),
            )
            node = tree.node_at(connection, node_id)
        self._index.keep_up()
        return node

    def begin_answer(self, conversation_id: int, parent_id: int, model: str) -> Node:
        """An empty answer, beside those that are there; the current path ends with it."""
        with self._database.writing(durable=False) as connection:
            node_id = _insert(
                connection,
                conversation_id,
                parent_id,
                role="assistant",
                content="",
                model=stored(model),
            )
            return tree.node_at(connection, node_id)

    def write(self, node_id: int, text: str) -> None:
        """The answer as far as it got; it outlives the program, not a power cut."""
        with self._database.writing(durable=False) as connection:
            self._rewrite(connection, node_id, text)

    def finish(
        self, node_id: int, text: str, finish_reason: FinishReason, receipt: Receipt | None
    ) -> Node:
        with self._database.writing() as connection:
            self._rewrite(connection, node_id, text)
            connection.execute(
                "UPDATE messages SET finish_reason = ?, receipt = ? WHERE id = ?",
                (finish_reason, stored(receipt_text(receipt)), node_id),
            )
            node = tree.node_at(connection, node_id)
        self._index.keep_up()
        return node

    def discard(self, node_id: int) -> None:
        """Takes back an answer of which nothing came: what was chosen before it is chosen again.

        One that has a text or something below it stays.
        """
        with self._database.writing() as connection:
            conversation_id, parent_id = tree.place_of(connection, node_id)
            content, before_id = connection.execute(
                "SELECT content, before_id FROM messages WHERE id = ?", (node_id,)
            ).fetchone()
            if content or tree.children_of(connection, [node_id]):
                return
            self._index.forget_message(connection, node_id)
            connection.execute("DELETE FROM messages WHERE id = ?", (node_id,))
            tree.count_anew(connection, conversation_id)
            if tree.chosen_below(connection, conversation_id, parent_id) == node_id:
                others = tree.siblings(connection, conversation_id, parent_id)
                again = before_id if before_id in others else others[-1] if others else None
                tree.choose_below(connection, conversation_id, parent_id, again)
            if tree.leaf_of(connection, conversation_id) == node_id:
                top = tree.chosen_below(connection, conversation_id, None)
                leaf = None if top is None else tree.lowest(connection, top)
                tree.end_path(connection, conversation_id, leaf)

    def pin(self, node_id: int, pinned: bool) -> Node:
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE messages SET pinned = ? WHERE id = ?", (int(pinned), node_id)
            )
            return tree.node_at(connection, node_id)

    def _rewrite(self, connection: sqlite3.Connection, node_id: int, text: str) -> None:
        tree.place_of(connection, node_id)
        self._index.forget_message(connection, node_id)
        connection.execute(
            "UPDATE messages SET content = ?, finish_reason = NULL WHERE id = ?",
            (stored(text), node_id),
        )


def _insert(
    connection: sqlite3.Connection, conversation_id: int, parent_id: int | None, **columns: object
) -> int:
    """A message at the end of the current path, which leads to it from now on."""
    leaf_id = tree.leaf_of(connection, conversation_id)
    if parent_id is not None and tree.place_of(connection, parent_id)[0] != conversation_id:
        raise UsageError(tr("Message {number} belongs to another conversation.", number=parent_id))
    now = time.time()
    values = {
        "conversation_id": conversation_id,
        "parent_id": parent_id,
        "before_id": tree.chosen_below(connection, conversation_id, parent_id),
        "created_s": now,
        **columns,
    }
    cursor = connection.execute(
        f"INSERT INTO messages ({', '.join(values)}) VALUES ({tree.marks(values)})",
        tuple(values.values()),
    )
    assert cursor.lastrowid is not None
    if parent_id is not None and parent_id == leaf_id:  # no need to look at the whole path
        tree.choose_below(connection, conversation_id, parent_id, cursor.lastrowid)
        tree.end_path(connection, conversation_id, cursor.lastrowid)
    else:
        tree.choose(connection, conversation_id, cursor.lastrowid)
    connection.execute(
        "UPDATE conversations SET n_messages = n_messages + 1, updated_s = ? WHERE id = ?",
        (now, conversation_id),
    )
    return cursor.lastrowid

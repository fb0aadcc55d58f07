"""Whole conversations, for export and import."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.store import tree
from yi_local.store.part import StorePart
from yi_local.store.receipts import receipt_text
from yi_local.store.records import Conversation, Node
from yi_local.store.rows import NODE, attachments_text, node_of, stored


class Whole(StorePart):
    def tree(self, conversation_id: int) -> tuple[Node, ...]:
        """Every message in all branches, parents before children."""
        with self._database.reading() as connection:
            tree.leaf_of(connection, conversation_id)
            rows = connection.execute(
                f"SELECT {NODE} FROM messages WHERE conversation_id = ? ORDER BY id",
                (conversation_id,),
            )
            return tuple(node_of(row) for row in rows)

    def chosen_ids(self, conversation_id: int) -> frozenset[int]:
        """Every chosen child, the chosen first message too."""
        with self._database.reading() as connection:
            tree.leaf_of(connection, conversation_id)
            rows = connection.execute(
                """SELECT chosen_root_id FROM conversations WHERE id = :id
                UNION SELECT chosen_child_id FROM messages WHERE conversation_id = :id""",
                {"id": conversation_id},
            )
            return frozenset(row[0] for row in rows if row[0] is not None)

    def put(
        self, conversation: Conversation, nodes: Sequence[Node], chosen: Collection[int]
    ) -> Conversation:
        """A whole conversation under new ids; times are kept. Parents come before children.

        Where several are chosen beside each other, or none, the last of them is.
        """
        with self._database.writing() as connection:
            cursor = connection.execute(
                """INSERT INTO conversations
                (created_s, updated_s, title, titled, system, model, preset, sampling, n_messages)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    conversation.created_s,
                    max((node.created_s for node in nodes), default=conversation.updated_s),
                    stored(conversation.title),
                    int(conversation.titled),
                    stored(conversation.system),
                    stored(conversation.model),
                    stored(conversation.preset),
                    stored(json.dumps(dict(conversation.sampling), ensure_ascii=False)),
                    len(nodes),
                ),
            )
            new_id = cursor.lastrowid
            assert new_id is not None
            ids: dict[int | None, int | None] = {None: None}
            for node in nodes:
                if node.parent_id not in ids:
                    raise _not_whole(node)
                ids[node.id] = connection.execute(
                    """INSERT INTO messages (conversation_id, parent_id, created_s, role, content,
                    finish_reason, attachments, pinned, model, receipt)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                    (new_id, ids[node.parent_id], *_values(node, ids)),
                ).lastrowid
            for parent_id, child_id in _choices(nodes, chosen).items():
                tree.choose_below(connection, new_id, ids[parent_id], ids[child_id])
            top = tree.chosen_below(connection, new_id, None)
            if top is not None:
                tree.end_path(connection, new_id, tree.lowest(connection, top))
            put = tree.conversation_at(connection, new_id)
        self._index.keep_up()
        return put


def _values(node: Node, ids: Mapping[int | None, int | None]) -> tuple[object, ...]:
    """`ids`: old -> new, of what stands above; what a receipt says was left out stands there."""
    receipt = node.receipt
    if receipt is not None:
        left_out = (ids.get(old) for old in receipt.left_out)
        receipt = replace(receipt, left_out=tuple(new for new in left_out if new is not None))
    return (
        node.created_s,
        node.message.role,
        stored(node.message.content),
        node.finish_reason,
        attachments_text(node.attachments),
        int(node.pinned),
        stored(node.model),
        stored(receipt_text(receipt)),
    )


def _choices(nodes: Sequence[Node], chosen: Collection[int]) -> dict[int | None, int]:
    """Parent -> its chosen child."""
    last = {node.parent_id: node.id for node in nodes}
    return last | {node.parent_id: node.id for node in nodes if node.id in chosen}


def _not_whole(node: Node) -> UsageError:
    return UsageError(
        tr(
            "This conversation is not whole: message {number} answers one that is not there.",
            number=node.id,
        )
    )

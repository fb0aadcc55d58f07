"""The tree of a conversation's messages, on a connection whose transaction is the caller's.

Every message remembers its chosen child, and the conversation its chosen first message: the current
path follows them. Where it ends, the leaf, is kept with the conversation. Python's SQLite may be
years old, hence no RETURNING and no UPDATE FROM.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Sized

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.store.records import Conversation, Node
from yi_local.store.rows import CONVERSATION, NODE, conversation_of, node_of

_AT_ONCE = 500  # values in one statement; old builds of SQLite take 999

# Upwards from a message: itself, its parent, ... at most so many.
_UP = """
WITH RECURSIVE up (id, parent_id, n) AS (
    SELECT id, parent_id, 1 FROM messages WHERE id = :start
    UNION ALL
    SELECT m.id, m.parent_id, up.n + 1 FROM up JOIN messages AS m ON m.id = up.parent_id
    WHERE up.n < :most
)
"""
_ENDLESS = 1 << 62


def conversation_at(connection: sqlite3.Connection, conversation_id: int) -> Conversation:
    row = connection.execute(
        f"SELECT {CONVERSATION} FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:
        raise no_conversation(conversation_id)
    return conversation_of(row)


def node_at(connection: sqlite3.Connection, node_id: int) -> Node:
    row = connection.execute(f"SELECT {NODE} FROM messages WHERE id = ?", (node_id,)).fetchone()
    if row is None:
        raise no_message(node_id)
    return node_of(row)


def place_of(connection: sqlite3.Connection, node_id: int) -> tuple[int, int | None]:
    """Its conversation and its parent."""
    row = connection.execute(
        "SELECT conversation_id, parent_id FROM messages WHERE id = ?", (node_id,)
    ).fetchone()
    if row is None:
        raise no_message(node_id)
    return row[0], row[1]


def leaf_of(connection: sqlite3.Connection, conversation_id: int) -> int | None:
    row = connection.execute(
        "SELECT leaf_id FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:
        raise no_conversation(conversation_id)
    return None if row[0] is None else int(row[0])


def upwards(
    connection: sqlite3.Connection, start: int | None, most: int | None = None
) -> tuple[Node, ...]:
    """The message and what stands above it, oldest first; at most so many, the lowest ones."""
    columns = ", ".join(f"m.{name.strip()}" for name in NODE.split(","))
    rows = connection.execute(
        f"{_UP} SELECT {columns} FROM up JOIN messages AS m ON m.id = up.id ORDER BY up.n DESC",
        {"start": start, "most": _ENDLESS if most is None else most},
    )
    return tuple(node_of(row) for row in rows)


def ids_upwards(connection: sqlite3.Connection, start: int | None) -> list[int]:
    """The message first, the conversation's first message last."""
    rows = connection.execute(
        f"{_UP} SELECT id FROM up ORDER BY n", {"start": start, "most": _ENDLESS}
    )
    return [row[0] for row in rows]


def siblings(
    connection: sqlite3.Connection, conversation_id: int, parent_id: int | None
) -> tuple[int, ...]:
    if parent_id is None:
        where, value = "conversation_id = ? AND parent_id IS NULL", conversation_id
    else:
        where, value = "parent_id = ?", parent_id
    rows = connection.execute(f"SELECT id FROM messages WHERE {where} ORDER BY id", (value,))
    return tuple(row[0] for row in rows)


def children_of(
    connection: sqlite3.Connection, parents: Iterable[int]
) -> dict[int, tuple[int, ...]]:
    """Of each that has any, oldest first."""
    found: dict[int, list[int]] = {}
    for some in portions(sorted(set(parents))):
        rows = connection.execute(
            f"SELECT parent_id, id FROM messages WHERE parent_id IN ({marks(some)}) ORDER BY id",
            some,
        )
        for parent_id, child_id in rows:
            found.setdefault(parent_id, []).append(child_id)
    return {parent_id: tuple(ids) for parent_id, ids in found.items()}


def chosen_below(
    connection: sqlite3.Connection, conversation_id: int, parent_id: int | None
) -> int | None:
    """The chosen child; of None, the conversation's chosen first message."""
    if parent_id is None:
        question = "SELECT chosen_root_id FROM conversations WHERE id = ?"
    else:
        question = "SELECT chosen_child_id FROM messages WHERE id = ?"
    row = connection.execute(question, (parent_id or conversation_id,)).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def choose_below(
    connection: sqlite3.Connection,
    conversation_id: int,
    parent_id: int | None,
    child_id: int | None,
) -> None:
    if parent_id is None:
        order = "UPDATE conversations SET chosen_root_id = ? WHERE id = ?"
    else:
        order = "UPDATE messages SET chosen_child_id = ? WHERE id = ?"
    connection.execute(order, (child_id, parent_id or conversation_id))


def choose(connection: sqlite3.Connection, conversation_id: int, node_id: int) -> None:
    """The current path goes through this message, and on where it went on from there before."""
    rows = connection.execute(
        f"""{_UP} SELECT up.id, up.parent_id FROM up
        LEFT JOIN messages AS parent ON parent.id = up.parent_id
        WHERE up.parent_id IS NULL OR parent.chosen_child_id IS NOT up.id""",
        {"start": node_id, "most": _ENDLESS},
    ).fetchall()
    for child_id, parent_id in rows:
        choose_below(connection, conversation_id, parent_id, child_id)
    end_path(connection, conversation_id, lowest(connection, node_id))


def lowest(connection: sqlite3.Connection, node_id: int) -> int:
    """Where the chosen children lead to."""
    rows = connection.execute(
        """WITH RECURSIVE down (id, chosen, n) AS (
            SELECT id, chosen_child_id, 1 FROM messages WHERE id = ?
            UNION ALL
            SELECT m.id, m.chosen_child_id, down.n + 1 FROM down
            JOIN messages AS m ON m.id = down.chosen
        ) SELECT id FROM down ORDER BY n DESC LIMIT 1""",
        (node_id,),
    )
    return int(rows.fetchone()[0])


def end_path(connection: sqlite3.Connection, conversation_id: int, leaf_id: int | None) -> None:
    connection.execute(
        "UPDATE conversations SET leaf_id = ? WHERE id = ?", (leaf_id, conversation_id)
    )


def count_anew(connection: sqlite3.Connection, conversation_id: int) -> None:
    """How many messages there are, and when the newest came."""
    connection.execute(
        """UPDATE conversations SET
            n_messages = (SELECT count(*) FROM messages WHERE conversation_id = :id),
            updated_s = coalesce(
                (SELECT max(created_s) FROM messages WHERE conversation_id = :id), created_s)
        WHERE id = :id""",
        {"id": conversation_id},
    )


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def marks(values: Sized) -> str:
    return ", ".join("?" * len(values))


def no_message(node_id: int) -> UsageError:
    return UsageError(tr("There is no message {number}.", number=node_id))


def no_conversation(conversation_id: int) -> UsageError:
    return UsageError(
        tr("There is no conversation {number}.", number=conversation_id),
        tr("`yi history` lists them."),
    )

"""The tables, as numbered migrations: the n-th makes version n out of version n - 1."""

import sqlite3
from collections.abc import Iterator, Sequence

APPLICATION_ID = 0x59694C31  # "YiL1": tells our files from other programs' SQLite files

# A migration that has been released is never changed.
#
# conversations.leaf_id is where the current path ends; it follows from the chosen children, and is
# kept so that a path's end is found without walking down from its beginning. before_id is the
# sibling that was chosen before a message came. The ids are never used twice, so that nobody who
# still holds one is shown something else. `indexed` and `indexed_title` say what the search index
# holds of a row: it can only forget what it is told exactly.
#
# What is long comes last in a row: the columns before it are then read without it.
_FIRST = """
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    updated_s REAL NOT NULL,
    created_s REAL NOT NULL,
    n_messages INTEGER NOT NULL DEFAULT 0,
    chosen_root_id INTEGER,
    leaf_id INTEGER,
    titled INTEGER NOT NULL DEFAULT 0,
    title TEXT NOT NULL DEFAULT '',
    indexed_title TEXT NOT NULL DEFAULT '',
    model TEXT,
    preset TEXT,
    sampling TEXT NOT NULL DEFAULT '{}',
    system TEXT
);
CREATE INDEX conversations_by_time ON conversations (updated_s, id);
CREATE INDEX titles_to_index ON conversations (id) WHERE title <> indexed_title;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id INTEGER REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
    chosen_child_id INTEGER,
    before_id INTEGER,
    indexed INTEGER NOT NULL DEFAULT 0,
    pinned INTEGER NOT NULL DEFAULT 0,
    created_s REAL NOT NULL,
    role TEXT NOT NULL,
    finish_reason TEXT,
    model TEXT,
    content TEXT NOT NULL,
    receipt TEXT,
    attachments TEXT
);
CREATE INDEX messages_by_parent ON messages (parent_id, id);
CREATE INDEX messages_by_conversation ON messages (conversation_id, id);
CREATE INDEX first_messages ON messages (conversation_id, id) WHERE parent_id IS NULL;
CREATE INDEX messages_to_index ON messages (id) WHERE indexed = 0;
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST,)


def version_of(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def is_foreign(connection: sqlite3.Connection) -> bool:
    """Whether another program has made this file."""
    (made_by,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(tables) and made_by != APPLICATION_ID


def migrate(connection: sqlite3.Connection, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Each step is a transaction of its own: what is interrupted goes on from there."""
    while version_of(connection) < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(connection)  # another process may have been faster
            if version < len(migrations):
                for statement in statements(migrations[version]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def statements(script: str) -> Iterator[str]:
    """One by one: sqlite3's own way of running scripts ends the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

"""The search index: what is in it, kept in step with the messages.

It holds no text, only terms, by message id; titles by the conversation's id, negative. It can only
forget what it is told exactly, so every row says whether it is indexed (of a title, which one), and
is taken out before it changes. What is not indexed yet, by a program that was killed too, comes in
with the next `catch_up`: nothing that is said depends on the index.
"""

import sqlite3
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from yi_local.errors import YiLocalError
from yi_local.store.database.connections import Database
from yi_local.store.database.trouble import Damaged
from yi_local.store.rows import attachments_of, text_of
from yi_local.store.search.guard import guarded
from yi_local.store.search.terms import RULES, terms

_NOTE = "search index"
_MADE_BY = f"{RULES}, Unicode {unicodedata.unidata_version}"
_AT_ONCE = 200  # messages in one transaction, so that others get their turn
_WAITING = (
    "SELECT id, content, attachments FROM messages WHERE indexed = 0 ORDER BY id DESC LIMIT ?"
)
_WAITING_TITLES = (
    "SELECT id, title, indexed_title FROM conversations WHERE title <> indexed_title LIMIT ?"
)


class Index:
    """`available` is False where SQLite was built without FTS5."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as connection:
            self.available = _has_fts5(connection)
            is_new = not _is_there(connection)
        if self.available and is_new:
            self.begin_anew()

    def keep_up(self) -> None:
        """Takes in the newest of what waits: nobody who says something waits for more."""
        if self.available:
            with suppress(YiLocalError):
                self._take_some()

    def catch_up(self) -> None:
        """Takes in all that waits. Trouble is left to the next time: the messages are safe."""
        if self.available:
            with suppress(YiLocalError):
                if not self._is_sound():
                    self.begin_anew()
                try:
                    self._take_all()
                except Damaged:
                    self.begin_anew()
                    self._take_all()

    def forget_message(self, connection: sqlite3.Connection, node_id: int) -> None:
        """Before it changes or goes."""
        rows = connection.execute(
            "SELECT id, content, attachments FROM messages WHERE id = ? AND indexed = 1", (node_id,)
        )
        self._forget(connection, [(row[0], searchable(row)) for row in rows])
        connection.execute("UPDATE messages SET indexed = 0 WHERE id = ?", (node_id,))

    def forget_conversation(self, connection: sqlite3.Connection, conversation_id: int) -> None:
        """Before it goes, and its messages with it."""
        rows = connection.execute(
            "SELECT id, content, attachments FROM messages"
            " WHERE conversation_id = ? AND indexed = 1",
            (conversation_id,),
        )
        titles = connection.execute(
            "SELECT -id, indexed_title FROM conversations WHERE id = ?", (conversation_id,)
        )
        entries = [(row[0], searchable(row)) for row in rows]
        self._forget(connection, entries + [(number, text_of(title)) for number, title in titles])

    def wipe(self) -> None:
        """Nothing of what was forgotten stays on the disk: FTS5 itself only marks it as gone."""
        with suppress(YiLocalError):
            if self.available:
                with self._database.writing() as connection, guarded(connection):
                    connection.execute("INSERT INTO found (found) VALUES ('optimize')")
            with self._database.bare() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def begin_anew(self) -> None:
        """Empty; the next `catch_up` fills it."""
        with self._database.writing() as connection:
            _begin_anew(connection)

    def _is_sound(self) -> bool:
        """Made by our rules, and not known to be damaged."""
        with self._database.reading() as connection:
            made_by = connection.execute("SELECT value FROM notes WHERE name = ?", (_NOTE,))
            return bool(made_by.fetchone() == (_MADE_BY,))

    def _take_all(self) -> None:
        while self._take_some():
            pass

    def _take_some(self) -> bool:
        """Whether something waited."""
        with self._database.reading() as connection:
            questions = (_WAITING, _WAITING_TITLES)
            if not any(connection.execute(each, (1,)).fetchone() for each in questions):
                return False
        with self._database.writing(durable=False) as connection, guarded(connection):
            self._take_messages(connection)
            self._take_titles(connection)
        return True

    def _take_messages(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute(_WAITING, (_AT_ONCE,)).fetchall()
        _add(connection, [(row[0], searchable(row)) for row in rows])
        connection.executemany(
            "UPDATE messages SET indexed = 1 WHERE id = ?", [(row[0],) for row in rows]
        )

    def _take_titles(self, connection: sqlite3.Connection) -> None:
        titles = connection.execute(_WAITING_TITLES, (_AT_ONCE,)).fetchall()
        self._forget(connection, [(-number, text_of(old)) for number, _, old in titles])
        _add(connection, [(-number, text_of(new)) for number, new, _ in titles])
        connection.executemany(
            "UPDATE conversations SET indexed_title = title WHERE id = ?",
            [(number,) for number, _, _ in titles],
        )

    def _forget(self, connection: sqlite3.Connection, entries: Sequence[tuple[int, str]]) -> None:
        """Where that fails the whole index is to be made anew, by a Python that has FTS5."""
        if not entries:
            return
        sound = False
        if self.available:
            with suppress(Damaged), guarded(connection):
                connection.executemany(
                    "INSERT INTO found (found, rowid, terms) VALUES ('delete', ?, ?)",
                    [(number, known) for number, text in entries if (known := terms(text))],
                )
                sound = True
        if not sound:
            connection.execute("DELETE FROM notes WHERE name = ?", (_NOTE,))


def searchable(row: Sequence[Any]) -> str:
    """What of a message is searched, by id, content, attachments: its text, its files' names."""
    return "\n".join((text_of(row[1]), *(each.name for each in attachments_of(row[2]))))


def _add(connection: sqlite3.Connection, entries: Sequence[tuple[int, str]]) -> None:
    connection.executemany(
        "INSERT INTO found (rowid, terms) VALUES (?, ?)",
        [(number, known) for number, text in entries if (known := terms(text))],
    )


def _begin_anew(connection: sqlite3.Connection) -> None:
    if _is_there(connection):
        # A damaged one cannot be dropped: it first gets what FTS5 writes into an empty one.
        for table in ("found_data", "found_idx", "found_docsize"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute(
            "INSERT INTO found_data (id, block) VALUES (1, x''), (10, x'00000000000000')"
        )
        connection.execute("DROP TABLE found")
    # Our terms come ready: what is no ASCII is one, whatever Unicode FTS5 knows.
    connection.execute(
        "CREATE VIRTUAL TABLE found USING fts5 (terms, content = '', tokenize = 'ascii')"
    )
    connection.execute("UPDATE messages SET indexed = 0 WHERE indexed <> 0")
    connection.execute("UPDATE conversations SET indexed_title = '' WHERE indexed_title <> ''")
    connection.execute(
        "INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", (_NOTE, _MADE_BY)
    )


def _is_there(connection: sqlite3.Connection) -> bool:
    tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'found'")
    return bool(tables.fetchone() != (0,))


def _has_fts5(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT fts5_source_id()")
    except sqlite3.OperationalError:
        return False
    return True

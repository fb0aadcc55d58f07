"""Reads what can still be read of a damaged database, whichever of its pages is broken."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from yi_local.store.database.connections import connect

Row = dict[str, Any]
TABLES = ("conversations", "messages", "notes")

_LAST_ID = 1 << 62
_PAGE_COUNT = slice(28, 32)  # in the header: how many pages the file has
_FREE_PAGES = slice(32, 40)  # where the list of free pages begins, and how long it is


def read_tables(path: Path) -> dict[str, list[Row]]:
    """Rows by table; none where nothing can be read. It writes: give it a copy."""
    tables: dict[str, list[Row]] = {table: [] for table in TABLES}
    with suppress(sqlite3.DatabaseError), closing(connect(path)) as connection:
        for table in TABLES:
            with suppress(sqlite3.DatabaseError):
                names = _columns(connection, table)
                rows = _by_id(connection, table) if "id" in names else _all(connection, table)
                tables[table] = [dict(zip(names, row, strict=True)) for row in rows]
    return tables


def mend_first_page(path: Path, sound: bytes) -> None:
    """Puts a new database's first page there; the tables of all of ours begin on the same pages.

    Nothing can be read without it, and it is what a file loses when its beginning is written over.
    """
    page = bytearray(sound)
    page[_PAGE_COUNT] = (path.stat().st_size // len(sound)).to_bytes(4, "big")
    page[_FREE_PAGES] = bytes(8)
    with path.open("r+b") as file:
        file.write(page)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _all(connection: sqlite3.Connection, table: str) -> list[Sequence[Any]]:
    return list(_until_damage(connection.execute(f"SELECT * FROM {table}")))


def _by_id(connection: sqlite3.Connection, table: str) -> list[Sequence[Any]]:
    """Forwards with jumps over what is broken, and back from where each jump came down."""
    rows: dict[int, Sequence[Any]] = {}
    forwards = f"SELECT * FROM {table} WHERE id > ? ORDER BY id"
    low, jump = 0, 1
    while low < _LAST_ID:
        landed = low if jump > 1 else None
        try:
            for row in connection.execute(forwards, (low,)):
                if landed is not None:
                    rows |= _backwards(connection, table, row[0], rows)
                rows[row[0]] = row
                low, jump, landed = row[0], 1, None
            break
        except sqlite3.DatabaseError:
            low, jump = low + jump, 2 * jump
    return [rows[number] for number in sorted(rows)]


def _backwards(
    connection: sqlite3.Connection, table: str, start: int, known: dict[int, Sequence[Any]]
) -> dict[int, Sequence[Any]]:
    found = {}
    rows = connection.execute(f"SELECT * FROM {table} WHERE id < ? ORDER BY id DESC", (start,))
    for row in _until_damage(rows):
        if row[0] in known:
            break
        found[row[0]] = row
    return found


def _until_damage(rows: sqlite3.Cursor) -> Iterator[Sequence[Any]]:
    with suppress(sqlite3.DatabaseError):
        yield from rows

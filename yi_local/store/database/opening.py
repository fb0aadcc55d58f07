"""Makes a database ready for use: the file and its rights, write-ahead log, the newest schema."""

import math
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.store.database.connections import BUSY_S, Database, log_of, suspicion_of
from yi_local.store.database.schema import MIGRATIONS, is_foreign, migrate, version_of
from yi_local.store.database.trouble import cannot_be_written, code_of, damaged

_RETRY_S = 0.02
_LOOK_S = 0.1  # a look at every page; a large file is then trusted, for people wait
_STEPS = 10_000  # of SQLite's virtual machine between two looks at the clock


def open_database(path: Path | None, migrations: Sequence[str] = MIGRATIONS) -> Database:
    """Raises Damaged where the file is broken, YiLocalError where it cannot be used."""
    if path is not None:
        _make_file(path)
    database = Database(path)
    ready = False
    try:
        with database.reading() as connection:  # of one moment: another process may be making it
            _check(connection, path, len(migrations))
        with database.bare() as connection:
            if path is not None:
                _look_for_damage(connection, path)
                _use_log(connection)
            migrate(connection, migrations)
        ready = True
    finally:
        if not ready:
            database.close()
    return database


def _make_file(path: Path) -> None:
    """For its owner alone; SQLite gives its other files the same rights."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise cannot_be_written(path, error.strerror or str(error)) from None


def _check(connection: sqlite3.Connection, path: Path | None, ours: int) -> None:
    if is_foreign(connection):
        raise YiLocalError(
            tr("{path} is another program's database.", path=path),
            tr("Move it away, so that a new one can be made in its place."),
        )
    if (theirs := version_of(connection)) > ours:
        raise YiLocalError(
            tr(
                "{path} has version {theirs}, and this program knows versions up to {ours}.",
                path=path,
                theirs=theirs,
                ours=ours,
            ),
            tr("A newer version of this program has written it: upgrade this one."),
        )


def _look_for_damage(connection: sqlite3.Connection, path: Path) -> None:
    """At all of it where damage was met before, however long that takes."""
    suspicion = suspicion_of(path)
    deadline = math.inf if suspicion.exists() else time.monotonic() + _LOOK_S
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if code_of(error) != sqlite3.SQLITE_INTERRUPT:
            raise
        return
    finally:
        connection.set_progress_handler(None, 0)
    if verdict != "ok" or _is_cut(connection, path):
        raise damaged(path)
    suspicion.unlink(missing_ok=True)


def _is_cut(connection: sqlite3.Connection, path: Path) -> bool:
    """Within its last page, which SQLite fills up in silence; with a log it does so rightly."""
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    log = log_of(path)
    return bool(path.stat().st_size % size) and not (log.exists() and log.stat().st_size)


def _use_log(connection: sqlite3.Connection) -> None:
    """Readers and a writer do not wait for each other; where the disk cannot, they do.

    While another process does the same SQLite does not wait by itself.
    """
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)

"""Connections to one SQLite file: one per thread, each use a transaction, errors in words."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.store.database.trouble import Damaged, in_words

BUSY_S = 5.0
_CLOSE_S = 10.0  # how long closing waits for what is still running
_MAX_LOG_BYTES = 4 << 20  # to which the write-ahead log is cut when it has been worked off
_ANYWHERE = ":memory:"


class Database:
    """A file, or with None memory that all threads share.

    A connection belongs to its thread and is closed when the thread has ended, or by `close`,
    which waits for what is running: SQLite must not lose a connection while it is in use.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._state = threading.Condition()
        self._in_use = 0
        self._closed = False
        # SQLite's memory shared between connections knows no waiting: they take turns on one.
        self._turn: AbstractContextManager[object] = (
            threading.RLock() if path is None else nullcontext()
        )

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The state of one moment, whatever others write meanwhile."""
        with self.bare() as connection, _transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing. What is not `durable` survives the program's end, not a power cut."""
        with self.bare() as connection:
            # WAL: at NORMAL a commit does not wait for the disk.
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            with _transaction(connection, "BEGIN IMMEDIATE"):
                yield connection

    @contextmanager
    def bare(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, outside of a transaction."""
        with self._state:
            if self._closed:
                raise YiLocalError(tr("The conversations are closed already."))
            self._in_use += 1
        try:
            with self._turn, in_words(self.path):
                yield self._mine()
        except Damaged:
            if self.path is not None:
                with suppress(OSError):
                    suspicion_of(self.path).touch()
            raise
        finally:
            with self._state:
                self._in_use -= 1
                self._state.notify_all()

    def close(self) -> None:
        with self._state:
            self._closed = True
            self._state.wait_for(lambda: self._in_use == 0, _CLOSE_S)
            if self._in_use == 0:
                for connection in self._connections.values():
                    connection.close()
                self._connections.clear()

    def _mine(self) -> sqlite3.Connection:
        thread = threading.main_thread() if self.path is None else threading.current_thread()
        connection = self._connections.get(thread)
        if connection is None:
            connection = connect(self.path)
            with self._state:
                self._drop_ended()
                self._connections[thread] = connection
        return connection

    def _drop_ended(self) -> None:
        for thread in [each for each in self._connections if not each.is_alive()]:
            self._connections.pop(thread).close()


def suspicion_of(path: Path) -> Path:
    """The file that says that damage was met: the next opening then looks at everything."""
    return path.with_name(f"{path.name}.suspect")


def log_of(path: Path) -> Path:
    """The write-ahead log, which SQLite finds by its name."""
    return path.with_name(f"{path.name}-wal")


def connect(path: Path | None) -> sqlite3.Connection:
    """Transactions begin and end where we say so."""
    place = _ANYWHERE if path is None else os.path.abspath(path)
    connection = sqlite3.connect(
        place, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    # Damage that leaves the structure whole is found by nobody: the rest is still worth reading.
    connection.text_factory = lambda value: value.decode("utf-8", "replace")
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA journal_size_limit = {_MAX_LOG_BYTES}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:  # SQLite has ended it by itself after some errors
            connection.execute("ROLLBACK")

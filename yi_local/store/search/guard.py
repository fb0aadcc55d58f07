"""What goes wrong within the index, told apart from what goes wrong with the conversations."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from yi_local.store.database.trouble import code_of, damaged

_OF_THE_INDEX = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT)


@contextmanager
def guarded(connection: sqlite3.Connection) -> Iterator[None]:
    """For a part of a transaction; where it is damaged, the rest of the transaction can go on.

    Raises Damaged. A broken block makes FTS5 ask for absurd amounts of memory, too.
    """
    connection.execute("SAVEPOINT part")
    try:
        yield
        connection.execute("SAVEPOINT told")  # FTS5 writes only now what it was told
        connection.execute("RELEASE part")
    except (sqlite3.DatabaseError, MemoryError) as error:
        if not connection.in_transaction or not _is_of_the_index(error):
            raise
        connection.execute("ROLLBACK TO part")
        connection.execute("RELEASE part")
        raise damaged(None) from error


def _is_of_the_index(error: sqlite3.DatabaseError | MemoryError) -> bool:
    return isinstance(error, MemoryError) or code_of(error) in _OF_THE_INDEX

"""The store of conversations, put together from its parts."""

from pathlib import Path
from types import TracebackType

from yi_local.store.database.connections import Database
from yi_local.store.database.opening import open_database
from yi_local.store.database.recovery import recover
from yi_local.store.database.trouble import Damaged
from yi_local.store.listing import Listing
from yi_local.store.notes import Notes
from yi_local.store.paths import Paths
from yi_local.store.search.index import Index
from yi_local.store.search.searching import Searching
from yi_local.store.talk import Talk
from yi_local.store.whole import Whole


class Store(Listing, Talk, Paths, Searching, Whole, Notes):
    """Conversations in one SQLite file. Every method is one transaction, from any thread.

    Raises YiLocalError, in words, for a database that is in use too long, a full disk, a file that
    cannot be written, a schema of a newer version. A damaged file is put aside and a new one begun
    with what can be read of it: `recovered` says so.
    """

    recovered: str | None = None

    def __init__(self, path: Path) -> None:
        try:
            self._begin(open_database(path))
        except Damaged:
            self.recovered = recover(path)
            self._begin(open_database(path))

    @classmethod
    def in_memory(cls) -> "Store":
        """For what must not be kept: it is gone with `close`."""
        store = cls.__new__(cls)
        store._begin(open_database(None))
        return store

    def close(self) -> None:
        """Waits for what is running; nothing can be asked of it afterwards."""
        self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self, database: Database) -> None:
        self._database = database
        begun = False
        try:
            self._index = Index(database)
            begun = True
        finally:
            if not begun:
                database.close()

"""What the parts of the store share."""

from yi_local.store.database.connections import Database
from yi_local.store.search.index import Index


class StorePart:
    """A group of the store's methods; each is one transaction."""

    _database: Database
    _index: Index

"""The store of conversations that the programs with a face keep open."""

from typing import NamedTuple

from yi_local import paths
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.settings import Settings
from yi_local.store.conversations import Store


class OpenedStore(NamedTuple):
    store: Store
    is_kept: bool  # False: it is in memory, and gone with the program
    notices: list[str]  # what a person has to know of it


def open_store(settings: Settings) -> OpenedStore:
    """That none can be opened keeps nobody from talking."""
    if not settings.save_history:
        return OpenedStore(Store.in_memory(), False, [])
    try:
        store = Store(paths.conversations_file())
    except YiLocalError as error:
        reason = " ".join(filter(None, (error.message, error.hint)))
        notice = tr("Conversations will not be saved this time. {reason}", reason=reason)
        return OpenedStore(Store.in_memory(), False, [notice])
    return OpenedStore(store, True, [store.recovered] if store.recovered is not None else [])

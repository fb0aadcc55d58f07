"""Opens a model of the library to tell all about it."""

from yi_local.assistant.card.model_card import KEPT_ARRAYS, ModelCard, model_card
from yi_local.catalogue.model import Catalogue
from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.gguf_file import open_model
from yi_local.hub.library.library import LibraryEntry


def read_card(entry: LibraryEntry, catalogue: Catalogue) -> ModelCard:
    """Of a model that does not load, what is known without its headers."""
    if entry.trouble is not None:
        return model_card(entry, (), catalogue)
    try:
        with open_model(entry.path, keep_arrays=KEPT_ARRAYS) as opened:
            return model_card(entry, opened.headers, catalogue)
    except ModelNotFound as error:  # gone since it was listed
        raise CannotLoad(error.message, error.hint) from None

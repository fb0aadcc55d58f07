"""The names of models that a shell offers."""

from yi_local.assistant.models.library import open_library
from yi_local.catalogue.read import read_catalogue
from yi_local.errors import YiLocalError
from yi_local.text import clean


def model_names() -> list[str]:
    """Those on this disk, then the catalogue's; nothing rather than an error in a prompt."""
    try:
        known = open_library()
        names = [entry.name for entry in known.entries if entry.trouble is None]
        names += [model.id for model in read_catalogue().models]
    except YiLocalError:
        return []
    fit = (name for name in names if name and clean(name) == name and not set(name) & set(" \t\n"))
    return list(dict.fromkeys(fit))

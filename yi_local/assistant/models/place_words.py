"""Where models lie, in words."""

import os
from pathlib import Path

from yi_local.assistant.models.library import is_demo
from yi_local.assistant.models.verification import copies
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import tr, trn
from yi_local.text import human_bytes, one_line


def short_path(path: Path) -> str:
    """With ~ for the person's home."""
    home, text = os.path.expanduser("~"), str(path)
    inside = text == home or text.startswith(home + os.sep)
    return one_line("~" + text[len(home) :] if inside and home != os.sep else text)


def program_of(place: StoredModel) -> str:
    """Who keeps it; "folder" where the person does."""
    return "pip" if is_demo(place) else place.store


def store_of(place: StoredModel) -> str:
    """The program that keeps it; of a folder, its path."""
    program = program_of(place)
    return short_path(place.origin.root) if program == "folder" else program


def stores_of(entry: LibraryEntry) -> str:
    return ", ".join(dict.fromkeys(map(store_of, entry.places)))


def bare_name(entry: LibraryEntry) -> str:
    """Without the quant, which has a column of its own."""
    return one_line(entry.name.removesuffix(f":{entry.quant}"))


def size_of(entry: LibraryEntry) -> str:
    """Of a pointer, what it would be: bytes that are not here are in brackets."""
    pointer = entry.model.pointer
    return f"({human_bytes(pointer.size_bytes)})" if pointer else human_bytes(entry.size_bytes)


def remark_on(entry: LibraryEntry) -> str:
    """What is to be known before it is loaded; "" where there is nothing."""
    if entry.model.pointer is not None:
        return tr("a pointer")
    if entry.trouble is not None:
        return tr("does not load")
    if (count := len(copies(entry))) > 1:
        return trn("{n} copy", "{n} copies", count)
    return tr("maybe twice") if entry.may_equal else ""


def in_order(known: Library) -> list[LibraryEntry]:
    """By name, the small before the large; what does not load comes last."""
    return sorted(
        known.entries,
        key=lambda entry: (entry.trouble is not None, entry.name.casefold(), entry.size_bytes or 0),
    )

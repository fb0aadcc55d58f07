"""Where models lie, in JSON, as several commands tell it."""

from typing import Any

from yi_local.assistant.models.place_words import program_of
from yi_local.hub.library.library import LibraryEntry
from yi_local.hub.stores.stored_model import StoredModel


def entry_json(entry: LibraryEntry) -> dict[str, Any]:
    origin = next((p.origin for p in entry.places if p.repo_id), entry.model.origin)
    return {
        "name": entry.name,
        "path": str(entry.path),
        "architecture": entry.architecture,
        "quant": entry.quant,
        "size_bytes": entry.size_bytes,
        "sha256s": list(entry.sha256s),
        "source": origin.source,
        "repo_id": origin.repo_id,
        "commit": origin.commit,
        "trouble": entry.trouble,
        "hint": entry.hint,
        "may_equal": [str(path) for path in entry.may_equal],
        "places": [place_json(place) for place in entry.places],
    }


def place_json(place: StoredModel) -> dict[str, Any]:
    pointer = place.pointer
    return {
        "name": place.name,
        "store": program_of(place),
        "root": str(place.origin.root),
        "paths": [str(path) for path in place.paths],
        "mmproj": [str(file.path) for file in place.mmproj],
        "source": place.origin.source,
        "repo_id": place.repo_id,
        "commit": place.commit,
        "may_delete": place.may_delete,
        "pointer": {"sha256": pointer.sha256, "size_bytes": pointer.size_bytes}
        if pointer
        else None,
    }

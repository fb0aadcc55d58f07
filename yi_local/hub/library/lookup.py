"""Finds in the library what a person calls a model.

Pure but for paths, which are compared by what they lead to.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from yi_local.errors import ModelNotFound, UsageError
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import tr

_MOST_NAMED = 8  # in a hint
_OLLAMA_TAG = ":latest"


def find_entry(library: Library, reference: str) -> LibraryEntry:
    """Raises ModelNotFound with what is spelled alike, UsageError where it may be several."""
    found = find_entries(library, reference)
    if not found:
        raise not_here(library, reference)
    if len(found) > 1:
        raise UsageError(
            tr('"{name}" may be {n} models.', name=reference, n=len(found)),
            _choices(found),
        )
    return found[0]


def find_entries(library: Library, reference: str) -> tuple[LibraryEntry, ...]:
    """By path; by `owner/repo[:quant]`; by name, as it is shown or as its file is called.

    All that fit by the first of these ways that finds any: several for a repository of which
    several quants are here, and none where nothing fits.
    """
    wanted = reference.strip()
    for fits in (_by_path(wanted), _by_repo(wanted), _by_name(wanted)):
        found = tuple(entry for entry in library.entries if any(map(fits, entry.places)))
        if found:
            return found
    return ()


def find_sha256(library: Library, sha256: str) -> LibraryEntry | None:
    """A whole model that has this content in one file."""
    for entry in library.entries:
        if entry.sha256s == (sha256,) and entry.trouble is None:
            return entry
    return None


def not_here(library: Library, reference: str) -> ModelNotFound:
    near = nearest(reference, (name for entry in library.entries for name in entry.names))
    hint = tr("List what is here: yi list")
    if near:
        hint = tr("Did you mean {names}?", names=tr(" or ").join(near))
    return ModelNotFound(tr('"{name}" is not on this machine.', name=reference), hint)


def nearest(wanted: str, names: Iterable[str]) -> tuple[str, ...]:
    """At most three: the names that contain what was typed, else those spelled alike."""
    by_lower = {name.lower(): name for name in names}
    typed = wanted.strip().lower()
    containing = [name for lower, name in by_lower.items() if typed and typed in lower]
    if containing:
        return tuple(containing[:3])
    return tuple(by_lower[name] for name in get_close_matches(typed, by_lower, 3, 0.6))


_Fits = Callable[[StoredModel], bool]


def _by_path(wanted: str) -> _Fits:
    path = os.path.expanduser(wanted)
    if "\0" in path or not os.path.exists(path):
        return lambda model: False
    absolute, real = os.path.abspath(path), os.path.realpath(path)
    return lambda model: any(
        str(file) == absolute or os.path.realpath(file) == real for file in model.paths
    )


def _by_repo(wanted: str) -> _Fits:
    repo_id, _, quant = wanted.removeprefix("hf://").removeprefix("ms://").partition(":")
    if "/" not in repo_id:
        return lambda model: False
    source = "modelscope" if wanted.startswith("ms://") else None

    def fits(model: StoredModel) -> bool:
        if (model.repo_id or "").lower() != repo_id.lower():
            return False
        if source is not None and model.origin.source != source:
            return False
        return not quant or quant.lower() in ((model.quant or "").lower(), model.filename.lower())

    return fits


def _by_name(wanted: str) -> _Fits:
    lower = wanted.lower()

    def fits(model: StoredModel) -> bool:
        filename = model.filename.lower()
        base = filename.rpartition("/")[2]
        names = {model.name.lower(), filename, base, base.removesuffix(".gguf")}
        return lower in names or model.name.lower() == lower + _OLLAMA_TAG

    return fits


def _choices(found: Sequence[LibraryEntry]) -> str:
    """By their names where these differ, else by their paths."""
    names = [entry.name for entry in found]
    if len(set(names)) < len(names):
        names = [str(entry.path) for entry in found]
    rest = ", ..." if len(names) > _MOST_NAMED else ""
    return tr("Name one of them: {names}", names=", ".join(names[:_MOST_NAMED]) + rest)

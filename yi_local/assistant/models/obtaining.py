"""Whether a model is here, under whatever name a person gives it."""

import os
from collections.abc import Sequence
from pathlib import Path

from yi_local.assistant.models.model_name import DEMO, PathName, RepoName, read_name
from yi_local.assistant.models.reference import find_model
from yi_local.assistant.planning.advisor import Advisor, read_subject
from yi_local.catalogue.model import Catalogue
from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.hub.library.lookup import find_entries
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.planner.plan import Wish


def is_path(text: str) -> bool:
    """What needs no library: the demo model, and what is on the disk under this name."""
    return text == DEMO or os.path.exists(os.path.expanduser(text))


def look_up(text: str, known: Library, catalogue: Catalogue) -> Path | RepoName | tuple[Path, ...]:
    """A path to be opened, a repository to be asked, or the models here that are meant.

    The library's own names come first ("llama3:8b" of another program's store); then what the
    name means. Raises ModelNotFound with suggestions, UsageError for a quant that is none.
    """
    if is_path(text):
        return find_model(text)
    here = _whole(find_entries(known, text))
    if here:
        return here
    name = read_name(text, catalogue, lambda path: os.path.exists(os.path.expanduser(path)))
    if isinstance(name, PathName):
        return find_model(name.path)
    return _whole(entries_of(name, known)) or name


def entries_of(name: RepoName, known: Library) -> tuple[LibraryEntry, ...]:
    """What is here of a repository, or of the quant or file of it that is meant."""
    return tuple(
        entry for entry in known.entries if any(_is_of(name, place) for place in entry.places)
    )


def best_of(paths: Sequence[Path], advisor: Advisor, wish: Wish) -> Path:
    """Of several that are here, the one for this machine; the smallest where none fits."""
    if len(paths) == 1:
        return paths[0]
    subjects = []
    for path in paths:
        try:
            subjects.append(read_subject(path))
        except (ModelNotFound, CannotLoad):  # gone or damaged since it was listed
            continue
    plans = advisor.advise(subjects, wish).ranking
    ranked = (*plans.plans, *plans.too_big)
    return Path(ranked[0].file.path) if ranked else paths[0]


def _whole(entries: Sequence[LibraryEntry]) -> tuple[Path, ...]:
    return tuple(entry.path for entry in entries if entry.trouble is None)


def _is_of(name: RepoName, place: StoredModel) -> bool:
    if place.repo_id is None or place.repo_id.lower() != name.repo_id.lower():
        return False
    if place.origin.source not in (None, name.source):
        return False
    if name.filename is not None:
        return place.filename == name.filename
    return name.quant is None or name.quant == place.quant

"""Plans what `yi adopt` does: which folder is remembered, which pointer files could be fetched."""

import os
from dataclasses import dataclass
from pathlib import Path

from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.hub.library.library import Library
from yi_local.hub.library.lookup import find_sha256
from yi_local.hub.stores.all_stores import is_inside, store_roots
from yi_local.hub.stores.folders import Surroundings
from yi_local.hub.stores.git_checkout import pointer_file
from yi_local.hub.stores.groups import is_gguf
from yi_local.hub.stores.lfs import PointerFile
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.hub.stores.user_folders import models_in_user_folder
from yi_local.language import tr


@dataclass(frozen=True, slots=True)
class PointerToFill:
    """A pointer whose model could be put in its place."""

    pointer: PointerFile
    here: Path | None  # a file of that content that is on this machine already

    @property
    def fetchable(self) -> bool:
        """Whether it is known from where."""
        return self.pointer.repo_id is not None


@dataclass(frozen=True, slots=True)
class Adoption:
    remember: tuple[Path, ...]  # absolute; empty where `yi list` shows all of it already
    models: tuple[StoredModel, ...]  # without the pointers
    pointers: tuple[PointerToFill, ...]


def plan_adoption(path: Path, known: Library, here: Surroundings) -> Adoption:
    """Reads the folder or file; changes nothing. Raises where there is no model in it."""
    absolute = Path(os.path.abspath(path.expanduser()))
    if not absolute.exists():
        raise ModelNotFound(tr("There is no {path}.", path=path), tr("Check the path."))
    if absolute.is_file() and not is_gguf(absolute.name):
        raise CannotLoad(
            tr("{path} does not end in .gguf.", path=path), tr("Name a model file, or a folder.")
        )
    roots = {os.path.realpath(root) for root in store_roots(here)}
    if is_inside(absolute, roots):
        return Adoption((), _listed(absolute, known), ())
    found = models_in_user_folder(absolute, roots)
    if not found.models:
        raise ModelNotFound(
            tr("{path} holds no .gguf file.", path=path), tr("Name a folder that does.")
        )
    pointers = [pointer for model in found.models for pointer in _pointers(model)]
    return Adoption(
        remember=(absolute,),
        models=tuple(model for model in found.models if model.pointer is None),
        pointers=tuple(PointerToFill(each, _here(each, known)) for each in pointers),
    )


def _listed(path: Path, known: Library) -> tuple[StoredModel, ...]:
    """The models in another program's store that lie there."""
    return tuple(model for model in known.models if model.path.is_relative_to(path))


def _pointers(model: StoredModel) -> list[PointerFile]:
    """Of all its shards and vision parts: they are wanted together."""
    paths = [*model.paths, *(file.path for file in model.mmproj)] if model.pointer else []
    return [pointer for path in paths if (pointer := pointer_file(path))]


def _here(pointer: PointerFile, known: Library) -> Path | None:
    entry = find_sha256(known, pointer.sha256)
    return entry.path if entry and entry.size_bytes == pointer.size_bytes else None

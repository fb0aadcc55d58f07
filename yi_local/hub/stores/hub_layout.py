"""Reads folders that are laid out as huggingface_hub's cache is.

`models--owner--name/snapshots/<commit>/<path>`, where each file is a link to `blobs/<sha256>`, or
on systems without links the file itself. ModelScope's client builds its cache alike.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from yi_local.hub.remote.grouping import quant_of_path
from yi_local.hub.stores.groups import FileGroup, grouped, is_gguf
from yi_local.hub.stores.other_settings import read_small
from yi_local.hub.stores.stored_model import Origin, StoredFile, StoredModel
from yi_local.hub.stores.walk import Found, Skipped, Walk, is_there, stored_file
from yi_local.language import tr

_PREFIX = "models--"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def models_in_hub_layout(origin: Origin, prefix: str = _PREFIX) -> Found:
    """All models below `origin.root`; repository and commit are filled in."""
    models: list[StoredModel] = []
    skipped: list[Skipped] = []
    for folder in _children(origin.root, skipped) if is_there(origin.root) else ():
        repo_id = repo_of(folder.name, prefix)
        if repo_id is None or not is_there(folder / "snapshots"):
            continue
        current = _main_commit(folder)
        snapshots = _children(folder / "snapshots", skipped)
        for snapshot in sorted(snapshots, key=lambda path: path.name != current):
            known = replace(origin, repo_id=repo_id, commit=snapshot.name)
            models += _models_in(snapshot, known, skipped)
    return Found(tuple(models), tuple(skipped))


def repo_of(folder_name: str, prefix: str = _PREFIX) -> str | None:
    """ "models--01-ai--Yi-6B" is 01-ai/Yi-6B; names of repositories never hold "--"."""
    if not folder_name.startswith(prefix):
        return None
    parts = folder_name.removeprefix(prefix).split("--")
    return "/".join(parts) if 1 <= len(parts) <= 2 and all(parts) else None


def repo_model(group: FileGroup, folder: Path, origin: Origin) -> StoredModel:
    """A model in the folder of its repository."""
    filename = group.paths[0].relative_to(folder).as_posix()
    quant = quant_of_path(filename)
    name = f"{origin.repo_id}:{quant}" if quant else f"{origin.repo_id}/{filename}"
    return StoredModel(
        name=name,
        filename=filename,
        files=tuple(_file(path) for path in group.paths),
        origin=origin,
        quant=quant,
        mmproj=tuple(_file(path) for path in group.mmproj),
    )


def _models_in(snapshot: Path, origin: Origin, skipped: list[Skipped]) -> Iterator[StoredModel]:
    walk = Walk(snapshot, is_gguf)
    for group in grouped(walk.files(), quants_in_folders=True):
        yield repo_model(group, snapshot, origin)
    skipped += walk.skipped


def _file(path: Path) -> StoredFile:
    """The link's target is named by its content's sha256, even where it is a link itself."""
    try:
        target = os.readlink(path)
    except OSError:
        return stored_file(path)
    name = re.split(r"[/\\]", target)[-1]
    return stored_file(path, name if _SHA256.fullmatch(name) else None)


def _main_commit(repo: Path) -> str | None:
    text = read_small(repo / "refs" / "main")
    return text.decode("utf-8", "replace").strip() if text else None


def _children(folder: Path, skipped: list[Skipped]) -> list[Path]:
    try:
        return sorted(child for child in folder.iterdir() if child.is_dir())
    except OSError as error:
        skipped.append(Skipped(folder, error.strerror or tr("it cannot be read")))
        return []

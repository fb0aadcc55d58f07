"""Puts the files of a pack into a folder, or into a cache where other programs look for them."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from yi_local.hub.library.pack_manifest import PackedFile, PackManifest
from yi_local.hub.stores.folders import (
    Surroundings,
    hugging_face_folders,
    own_models_folder,
    own_modelscope_folder,
)
from yi_local.hub.transfer.place import Shelf

_MAIN = "main"


@dataclass(frozen=True, slots=True)
class IntoFolder:
    folder: Path

    @property
    def staging(self) -> Path:
        """Where files are written first: on the same disk as where they go."""
        return self.folder

    def taken(self, packed: PackedFile) -> Path | None:
        """What stands where a file would go."""
        path = self.folder / packed.path
        return path if os.path.lexists(path) else None

    def put(self, packed: PackedFile, partial: Path, undo: list[Path]) -> Path:
        path = self.folder / packed.path
        _make_folders(path.parent, undo)
        os.replace(partial, path)
        undo.append(path)
        return path

    def finish(self, packed: PackedFile) -> None:
        """There is nothing more to do."""


@dataclass(frozen=True, slots=True)
class IntoCache:
    shelf: Shelf

    @property
    def staging(self) -> Path:
        return self.shelf.folder / "blobs"

    def taken(self, packed: PackedFile) -> Path | None:
        """Never: in a cache, the content decides."""
        return None

    def put(self, packed: PackedFile, partial: Path, undo: list[Path]) -> Path:
        blob, seen = self.shelf.blob(packed.sha256), self.shelf.snapshot(packed.path)
        _make_folders(seen.parent, undo)
        undo += [path for path in (blob, seen) if not os.path.lexists(path)]
        os.replace(partial, blob)
        return self.shelf.place(packed.path, packed.sha256)

    def finish(self, packed: PackedFile) -> None:
        """Names the commit "main", but where that stands for another: it may be newer."""
        if not (self.shelf.folder / "refs" / _MAIN).exists():
            self.shelf.place(packed.path, packed.sha256, revision=_MAIN)


Placement = IntoFolder | IntoCache


def into_cache(cache: Path, manifest: PackManifest) -> IntoCache | None:
    """None where the manifest does not say which commit of which repository it is."""
    if manifest.repo_id is None or manifest.commit is None:
        return None
    return IntoCache(Shelf(cache, manifest.repo_id, manifest.commit))


def usual_place(manifest: PackManifest, here: Surroundings) -> Placement:
    """The cache of where it came from; a folder of ours where that is not known."""
    if manifest.source == "modelscope":
        cache = into_cache(own_modelscope_folder(), manifest)
    else:
        cache = into_cache(hugging_face_folders(here)[0], manifest)
    return cache or IntoFolder(own_models_folder())


def place_all(
    target: Placement, files: Sequence[PackedFile], partials: Sequence[Path]
) -> tuple[Path, ...]:
    """All or none: what was placed before one fails is taken back."""
    undo: list[Path] = []
    done = False
    try:
        placed = [
            target.put(packed, partial, undo)
            for packed, partial in zip(files, partials, strict=True)
        ]
        target.finish(files[0])
        done = True
    finally:
        for path in () if done else reversed(undo):
            with suppress(OSError):
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    return tuple(placed)


def _make_folders(folder: Path, undo: list[Path]) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    undo += reversed(missing)
    folder.mkdir(parents=True, exist_ok=True)

"""Looks at what lies around a model, and deletes what was planned."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yi_local.hub.library.library import Library
from yi_local.hub.library.removal_plan import (
    DiskFacts,
    Inode,
    Kept,
    Removal,
    freed_bytes,
    plan_removal,
)
from yi_local.hub.stores.other_settings import read_small
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import tr

_BLOCK_BYTES = 512  # of st_blocks, whatever the disk's own blocks are (POSIX)
_IN_HUB_LAYOUT = ("Hugging Face", "yi_local")


@dataclass(frozen=True, slots=True)
class Removed:
    deleted: tuple[Path, ...]
    freed_bytes: int
    failed: tuple[Kept, ...]


def removal(
    places: Sequence[StoredModel], known: Library, *, also_user_folders: bool = False
) -> Removal:
    """What would go with these places of a model; nothing is changed yet."""
    others = [model for model in known.models if model not in places]
    return plan_removal(places, others, _facts_around(places), also_user_folders=also_user_folders)


def remove(plan: Removal) -> Removed:
    """Deletes what was planned and is still the same, then folders that are empty.

    A file to which something has come to link since the plan was made stays.
    """
    deleted: list[Path] = []
    failed: list[Kept] = []
    roots = {Path(os.path.realpath(root)): root for root in plan.roots}
    for path in plan.delete:
        why = _why_not(path, plan, roots)
        if why is None and "blobs" in path.parts:
            why = _still_linked(path, plan.roots)
        if why is None:
            why = _unlink(path)
        if why is None:
            deleted.append(path)
        else:
            failed.append(Kept(path, why))
    _remove_empty_folders(deleted, plan.roots)
    return Removed(
        tuple(deleted), freed_bytes(plan.expected[path] for path in deleted), tuple(failed)
    )


def _facts_around(places: Sequence[StoredModel]) -> DiskFacts:
    paths = [file.path for place in places for file in (*place.files, *place.mmproj)]
    roots = dict.fromkeys(
        place.origin.root for place in places if place.store in _IN_HUB_LAYOUT and place.commit
    )
    targets = {link: target for root in roots for link, target in _links_below(root)}
    repos = dict.fromkeys(_repo_folder(place) for place in places if place.origin.root in roots)
    notes = {note: snapshot for repo in repos for note, snapshot in _notes(repo)}
    contents = {snapshot: _files_below(snapshot) for snapshot in set(notes.values())}
    wanted = (*paths, *targets.values(), *notes)
    inodes = {path: inode for path in wanted if (inode := _inode(path))}
    return DiskFacts(inodes, targets, notes, contents)


def _repo_folder(place: StoredModel) -> Path:
    """`models--owner--name`, by the place of a file in it."""
    inside = place.path.relative_to(place.origin.root)
    return place.origin.root / inside.parts[0]


def _links_below(root: Path) -> Iterator[tuple[Path, Path]]:
    """(link, target) of every link in snapshots and blobs, of data sets too: blobs are shared.

    Only what leads to somewhere below `root`; the last link of a path is never followed.
    """
    real_root = Path(os.path.realpath(root))
    for repo in _children(root):
        for folder in (repo / "snapshots", repo / "blobs"):
            for path in _files_below(folder):
                target = _target(path)
                if target is not None and target.is_relative_to(real_root):
                    yield path, root / target.relative_to(real_root)


def _target(link: Path) -> Path | None:
    """One step, the folders on the way resolved; None for what is no link."""
    try:
        named = os.readlink(link)
    except OSError:
        return None
    folder, name = os.path.split(os.path.join(os.path.realpath(link.parent), named))
    return Path(os.path.realpath(folder)) / name


def _notes(repo: Path) -> Iterator[tuple[Path, Path]]:
    """(file, snapshot) of all that huggingface_hub notes about a snapshot outside of it."""
    snapshots = repo / "snapshots"
    for ref in _files_below(repo / "refs"):
        commit = (read_small(ref) or b"").decode("utf-8", "replace").strip()
        if commit and not set(commit) & set("/\\\0") and commit not in (".", ".."):
            yield ref, snapshots / commit
    for listing in _files_below(repo / "trees"):
        yield listing, snapshots / listing.stem
    for missing in _files_below(repo / ".no_exist"):
        yield missing, snapshots / missing.relative_to(repo / ".no_exist").parts[0]


def _children(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError:
        return []


def _files_below(folder: Path) -> list[Path]:
    """Also links, to files or folders: they are not followed."""
    found: list[Path] = []
    for parent, folders, files in os.walk(folder):
        linked = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        found += [Path(parent, name) for name in (*files, *linked)]
    return found


def _inode(path: Path) -> Inode | None:
    """None for what is no file or link."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
        return None
    blocks: int | None = getattr(found, "st_blocks", None)  # not on Windows
    size = found.st_size if blocks is None else blocks * _BLOCK_BYTES
    return Inode(found.st_dev, found.st_ino, found.st_nlink, size, found.st_mtime_ns)


def _why_not(path: Path, plan: Removal, roots: Iterable[Path]) -> str | None:
    """The last look before a path is deleted."""
    parent = Path(os.path.realpath(path.parent))
    if not any(parent.is_relative_to(root) for root in roots):
        return tr("It lies elsewhere: a folder on the way there is a link.")
    if _inode(path) != plan.expected[path] and _changed(path, plan.expected[path]):
        return tr("It was changed since you were asked.")
    return None


def _changed(path: Path, expected: Inode) -> bool:
    """But for the number of its names, which our own deletions lower."""
    now = _inode(path)
    return now is None or (now.device, now.number, now.mtime_ns) != (
        expected.device,
        expected.number,
        expected.mtime_ns,
    )


def _still_linked(blob: Path, roots: Iterable[Path]) -> str | None:
    for root in roots:
        if blob.is_relative_to(root) and any(target == blob for _, target in _links_below(root)):
            return tr("Another snapshot has come to use it.")
    return None


def _unlink(path: Path) -> str | None:
    try:
        path.unlink()
    except OSError as error:
        return error.strerror or tr("It cannot be deleted.")
    return None


def _remove_empty_folders(deleted: Iterable[Path], roots: Sequence[Path]) -> None:
    """Upwards from what was deleted, up to the store's folder, which stays."""
    for path in deleted:
        for folder in path.parents:
            if not any(root in folder.parents for root in roots):
                break
            try:
                folder.rmdir()  # only if it is empty
            except OSError:
                break

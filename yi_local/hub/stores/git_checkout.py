"""Reads of a git checkout where it was cloned from and at which commit, without running git."""

import re
from dataclasses import dataclass
from pathlib import Path

from yi_local.hub.stores.lfs import (
    MAX_POINTER_BYTES,
    PointerFile,
    Remote,
    packed_ref,
    parse_pointer,
    parse_remote,
    parse_remotes,
)
from yi_local.hub.stores.other_settings import read_small
from yi_local.hub.stores.walk import stamp_of

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"refs/[\w./@{}+-]+")


@dataclass(frozen=True, slots=True)
class Checkout:
    root: Path
    remote: Remote | None  # None where it is no repository of models that we know
    commit: str | None  # of HEAD


def checkout_of(path: Path) -> Checkout | None:
    """The one that a file or folder lies in; None where there is none."""
    absolute = path.absolute()
    for folder in (absolute, *absolute.parents):
        git = _git_folder(folder)
        if git is not None:
            common = _common_folder(git)
            return Checkout(folder, _remote(common), _head(git, common))
    return None


def pointer_file(path: Path) -> PointerFile | None:
    """None for a file that is no pointer."""
    stamp = stamp_of(path)
    if stamp is None or stamp.size_bytes >= MAX_POINTER_BYTES:
        return None
    pointer = parse_pointer(read_small(path) or b"")
    if pointer is None:
        return None
    checkout = checkout_of(path.parent)
    remote = checkout.remote if checkout else None
    inside = path.absolute().relative_to(checkout.root) if checkout else Path(path.name)
    return PointerFile(
        path=path,
        sha256=pointer.sha256,
        size_bytes=pointer.size_bytes,
        filename=inside.as_posix(),
        repo_id=remote.repo_id if remote else None,
        source=remote.source if remote else None,
        commit=checkout.commit if checkout else None,
    )


def _git_folder(folder: Path) -> Path | None:
    """`.git`; where it is a file, as in a submodule or a worktree, the folder that it names."""
    git = folder / ".git"
    named = _text(git)
    if named.startswith("gitdir: "):
        git = folder / named.removeprefix("gitdir: ").strip()
    return git if stamp_of(git / "HEAD") else None


def _common_folder(git: Path) -> Path:
    """Where a worktree's repository keeps its config and refs."""
    named = _text(git / "commondir").strip()
    return git / named if named else git


def _remote(common: Path) -> Remote | None:
    for url in parse_remotes(_text(common / "config")):
        if remote := parse_remote(url):
            return remote
    return None


def _head(git: Path, common: Path) -> str | None:
    head = _text(git / "HEAD").strip()
    if not head.startswith("ref: "):
        return _commit(head)
    name = head.removeprefix("ref: ").strip()
    if not _REF.fullmatch(name) or ".." in name:
        return None
    loose = _commit(_text(common / name).strip())
    return loose or _commit(packed_ref(_text(common / "packed-refs"), name) or "")


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def _text(path: Path) -> str:
    return (read_small(path) or b"").decode("utf-8", "replace")

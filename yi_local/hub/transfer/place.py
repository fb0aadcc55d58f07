"""Puts fetched files where other programs look for them: the layout of the Hugging Face cache.

    models--owner--name/blobs/<sha256>           the content
    models--owner--name/snapshots/<commit>/path  a link to it; where there are no links, itself
    models--owner--name/refs/<revision>          the commit that the name stands for
    .locks/models--owner--name/<sha256>.lock

ModelScope's files get the same layout in another folder, with the revision's name for a commit.
"""

import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from yi_local.errors import YiLocalError
from yi_local.hub.repo import Address, RemoteFile
from yi_local.hub.safe_path import why_unsafe
from yi_local.hub.transfer.download import Download, Refusal, by_server
from yi_local.language import tr
from yi_local.text import clean

_REPO_ID = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?")  # of huggingface_hub, _validators.py
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Unplaceable(YiLocalError):
    """What the repository says would lead out of the cache."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of one repository at one commit; checked, whatever a server said."""

    cache: Path
    repo_id: str
    commit: str  # of ModelScope: the revision's name

    def __post_init__(self) -> None:
        if not _REPO_ID.fullmatch(self.repo_id) or not _is_name(self.repo_id):
            raise Unplaceable(
                tr("{repo_id!r} is no repository's name.", repo_id=clean(self.repo_id))
            )
        if "/" in self.commit or not _is_name(self.commit):
            raise Unplaceable(
                tr("{commit!r} is no revision that can be kept here.", commit=clean(self.commit))
            )

    @property
    def folder(self) -> Path:
        return self.cache / self._name

    @property
    def _name(self) -> str:
        return "--".join(["models", *self.repo_id.split("/")])

    def blob(self, sha256: str) -> Path:
        return self.folder / "blobs" / _checked(sha256)

    def lock(self, sha256: str) -> Path:
        return self.cache / ".locks" / self._name / f"{_checked(sha256)}.lock"

    def snapshot(self, path: str) -> Path:
        """Where the file of that name in the repository is seen."""
        why = why_unsafe(path)
        if why is not None:
            raise Unplaceable(
                tr(
                    "{path!r} of {repo_id} is not fetched. {why}",
                    path=clean(path),
                    repo_id=self.repo_id,
                    why=why,
                )
            )
        return self.folder.joinpath("snapshots", self.commit, *path.split("/"))

    def download(
        self, file: RemoteFile, address: Callable[[], Address], refused: Refusal = by_server
    ) -> Download:
        """What `fetch` wants; after it, `place` shows the file under its name."""
        if file.sha256 is None:
            raise Unplaceable(
                tr(
                    "{path} of {repo_id} comes without a sha256, so that it could not be verified.",
                    path=clean(file.path),
                    repo_id=self.repo_id,
                )
            )
        return Download(
            name=clean(file.path.rpartition("/")[2]),
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            blob=self.blob(file.sha256),
            lock=self.lock(file.sha256),
            address=address,
            seen=self.snapshot(file.path),
            refused=refused,
        )

    def place(self, path: str, sha256: str, *, revision: str | None = None) -> Path:
        """Shows a finished blob under its name; `revision` is the name that led to the commit."""
        blob, seen = self.blob(sha256), self.snapshot(path)
        try:
            seen.parent.mkdir(parents=True, exist_ok=True)
            if not _is_same(seen, blob):
                _show(blob, seen)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise Unplaceable(
                tr(
                    "{path!r} of {repo_id} is a file and a folder at once here.",
                    path=clean(path),
                    repo_id=self.repo_id,
                )
            ) from error
        if revision is not None and revision != self.commit and _COMMIT.fullmatch(self.commit):
            self._remember(revision)
        return seen

    def _remember(self, revision: str) -> None:
        """llama.cpp and offline programs look up refs/main."""
        if not _is_name(revision):
            return
        reference = self.folder.joinpath("refs", *revision.split("/"))
        with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
            reference.parent.mkdir(parents=True, exist_ok=True)
            beside = reference.with_name(f".{secrets.token_hex(4)}")
            beside.write_text(self.commit, encoding="ascii")
            os.replace(beside, reference)


def _is_name(text: str) -> bool:
    return why_unsafe(text) is None and "--" not in text and not text.startswith(("-", "."))


def _checked(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise Unplaceable(tr("{sha256!r} is no sha256.", sha256=clean(sha256)[:80]))
    return sha256


def _is_same(seen: Path, blob: Path) -> bool:
    """Without links the file itself stands there, and no blob is left."""
    try:
        return seen.samefile(blob)
    except FileNotFoundError:
        return seen.exists() and not blob.exists()


def _show(blob: Path, seen: Path) -> None:
    beside = seen.with_name(f".{secrets.token_hex(4)}")
    try:
        beside.symlink_to(os.path.relpath(blob, seen.parent))
    except (OSError, NotImplementedError):  # Windows without the right to make links, FAT
        os.replace(blob, seen)
        return
    try:
        os.replace(beside, seen)
    except OSError:
        beside.unlink()
        raise

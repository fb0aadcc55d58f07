"""Walks through folders of models, whatever it meets there."""

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from yi_local.hub.stores.stored_model import Stamp, StoredFile, StoredModel
from yi_local.language import tr

MAX_DEPTH = 8  # folders below the first; LM Studio's files lie 2 deep, a snapshot's up to 4
MAX_ENTRIES = 200_000  # files and folders looked at below one folder

_SKIPPED = frozenset((".git", ".locks", ".no_exist", "node_modules", "__pycache__", ".venv"))


@dataclass(frozen=True, slots=True)
class Skipped:
    """Where somebody should know that we did not look."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one store holds."""

    models: tuple[StoredModel, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(slots=True)
class Walk:
    """One walk through one folder: `files()` yields; `skipped` tells, afterwards, what was left."""

    folder: Path
    wanted: Callable[[str], bool]  # by a file's name
    without: Collection[str] = ()  # real paths of folders that others look at
    max_depth: int = MAX_DEPTH
    max_entries: int = MAX_ENTRIES
    skipped: list[Skipped] = field(default_factory=list)

    def files(self) -> Iterator[Path]:
        """In the order of their names. Links to folders are followed, each folder once."""
        seen: set[tuple[int, int]] = set()
        left = self.max_entries
        waiting = [(self.folder, 0)]
        while waiting:
            folder, depth = waiting.pop()
            if not self._is_new(folder, seen):
                continue
            entries = self._entries(folder, left)
            left -= len(entries)
            deeper = []
            for entry in entries:
                if _is_folder(entry):
                    deeper.append(Path(entry.path))
                elif self.wanted(entry.name):
                    yield Path(entry.path)
            if depth < self.max_depth:
                waiting += [(path, depth + 1) for path in reversed(deeper)]
            elif deeper:
                self.skipped.append(Skipped(folder, tr("what lies deeper was not looked at")))
            if left <= 0:
                self.skipped.append(
                    Skipped(self.folder, tr("it holds too much to look at all of it"))
                )
                return

    def _is_new(self, folder: Path, seen: set[tuple[int, int]]) -> bool:
        try:
            stat = os.stat(folder)
        except OSError as error:
            self.skipped.append(Skipped(folder, error.strerror or tr("it cannot be read")))
            return False
        identity = (stat.st_dev, stat.st_ino)
        if identity in seen or os.path.realpath(folder) in self.without:
            return False
        seen.add(identity)
        return True

    def _entries(self, folder: Path, most: int) -> list[os.DirEntry[str]]:
        found = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name not in _SKIPPED:
                        found.append(entry)
                    if len(found) >= most:
                        break
        except OSError as error:
            self.skipped.append(Skipped(folder, error.strerror or tr("it cannot be read")))
        return sorted(found, key=lambda entry: entry.name)


def stamp_of(path: Path) -> Stamp | None:
    """Of what a path leads to; None where that is no file or cannot be looked at."""
    try:
        stat = os.stat(path)
    except (OSError, ValueError):
        return None
    return Stamp(stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev)


def stored_file(path: Path, sha256: str | None = None) -> StoredFile:
    return StoredFile(path, stamp_of(path), sha256)


def is_there(folder: Path) -> bool:
    """A folder that may not be looked at is there, so that its walk says why it found nothing."""
    try:
        os.stat(folder)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False

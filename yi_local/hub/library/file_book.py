"""Remembers what was found out about files, so that `yi list` need not read them again."""

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from yi_local import paths
from yi_local.hub.stores.stored_model import Stamp

_FORMAT = 1
_MAX_FILES = 5000
# A file that was changed this shortly before may change again within one tick of its clock:
# FAT counts in steps of 2 s.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class FileFacts:
    """None: not found out yet. What is wrong with a file is never kept: it may be mended."""

    sha256: str | None = None  # measured here
    header_sha256: str | None = None  # of all before the weights
    architecture: str | None = None
    quant: str | None = None  # as the file declares it


class FileBook:
    """One JSON file; the facts of a path hold while its stamp is the same."""

    def __init__(self, file: Path, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._file = file
        self._now_ns = now_ns
        self._kept = _read(file)
        self._new: dict[str, tuple[Stamp, FileFacts]] = {}

    def facts(self, path: Path, stamp: Stamp) -> FileFacts:
        kept = self._new.get(str(path)) or self._kept.get(str(path))
        return kept[1] if kept and kept[0] == stamp else FileFacts()

    def keep(self, path: Path, stamp: Stamp, facts: FileFacts) -> None:
        """Adds to what is known of this file; what was only just written is not kept."""
        if self._now_ns() - stamp.mtime_ns < _SETTLED_NS:
            return
        known = {key: value for key, value in asdict(facts).items() if value is not None}
        self._new[str(path)] = (stamp, replace(self.facts(path, stamp), **known))

    def save(self) -> None:
        """Together with what others wrote meanwhile; a disk that is full is no reason to stop."""
        if not self._new:
            return
        merged = {**_read(self._file), **self._new}
        newest = list(merged.items())[-_MAX_FILES:]
        text = json.dumps(
            {
                "format": _FORMAT,
                "files": {
                    path: {"stamp": asdict(stamp), **asdict(facts)}
                    for path, (stamp, facts) in newest
                },
            }
        )
        with suppress(OSError):
            _write(self._file, text)
            self._kept, self._new = merged, {}


def own_book() -> FileBook:
    return FileBook(paths.cache_dir() / "files.json")


def _read(file: Path) -> dict[str, tuple[Stamp, FileFacts]]:
    """Empty where it is not there or not ours to understand; it can all be found out again."""
    try:
        book = json.loads(file.read_bytes())
        if book["format"] != _FORMAT:
            return {}
        return {path: _entry(values) for path, values in book["files"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _entry(values: dict[str, Any]) -> tuple[Stamp, FileFacts]:
    stamp = Stamp(**{name: int(number) for name, number in values.pop("stamp").items()})
    facts = {name: None if text is None else str(text) for name, text in values.items()}
    return stamp, FileFacts(**facts)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=file.name, dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as temporary:
            temporary.write(text)
        os.replace(name, file)
    except OSError:
        os.unlink(name)
        raise

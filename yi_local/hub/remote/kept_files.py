"""A folder of small files that can be found out again, with a limit on all of them together."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


class KeptFiles:
    """For several threads and processes at once: a file is there as a whole, or not at all."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def load(self, name: str) -> bytes | None:
        with suppress(OSError):
            return (self._folder / name).read_bytes()
        return None

    def age_s(self, name: str, now_s: float) -> float | None:
        """Since it was saved."""
        with suppress(OSError):
            return max(0.0, now_s - (self._folder / name).stat().st_mtime)
        return None

    def save(self, name: str, data: bytes) -> None:
        """Where that fails, it will have to be found out again."""
        if len(data) > self._max_bytes:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(self._folder / name, data)
            self._drop_oldest()

    def _write(self, path: Path, data: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def _drop_oldest(self) -> None:
        """By the time they were saved: a file that is looked at stays as old as it is."""
        files: list[tuple[os.DirEntry[str], os.stat_result]] = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # another thread's, renamed meanwhile
                    files.append((entry, entry.stat()))
        files.sort(key=lambda file: file[1].st_mtime, reverse=True)
        total_bytes = 0
        for entry, stat in files:
            total_bytes += stat.st_size
            if total_bytes > self._max_bytes:
                with suppress(OSError):
                    os.unlink(entry.path)

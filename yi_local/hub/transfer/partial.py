"""A file on its way: what is there counts from its beginning, and is hashed as it grows."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from yi_local.hub.transfer.flusher import Flusher

_BLOCK_BYTES = 1 << 20


class Partial:
    """Its length is its state: it grows at its end only, so that nothing else need be kept."""

    def __init__(self, path: Path, blob: Path, size_bytes: int) -> None:
        self._path, self._blob = path, blob
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        # Not in append mode: two writers, where a file system ignores locks, write the same bytes
        # at the same places.
        self._file = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
        self.kept_bytes = os.fstat(self._file.fileno()).st_size
        if self.kept_bytes > size_bytes:
            self._file.truncate(0)
            self.kept_bytes = 0
        self.position = 0  # all before it is on disk and in the hash
        self._digest = hashlib.sha256()
        self._flusher = Flusher(self._file.fileno())

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def rehash(self) -> Iterator[None]:
        """Over what an earlier run kept; yields now and then."""
        buffer = memoryview(bytearray(_BLOCK_BYTES))
        while self.position < self.kept_bytes:
            want = min(_BLOCK_BYTES, self.kept_bytes - self.position)
            self._file.seek(self.position)
            read = self._file.readinto(buffer[:want])
            if not read:  # somebody shortened it meanwhile
                return
            self._digest.update(buffer[:read])
            self.position += read
            yield

    def append(self, data: bytes) -> None:
        self._file.seek(self.position)
        rest = memoryview(data)
        while rest:
            written = self._file.write(rest)
            self._digest.update(rest[:written])
            self.position += written
            rest = rest[written:]
        self._flusher.written(self.position)

    def restart(self) -> None:
        self._flusher.restart()
        self._file.truncate(0)
        self.position = self.kept_bytes = 0
        self._digest = hashlib.sha256()

    def finish(self) -> None:
        """Durable under its own name; from here on no other program sees anything but all of it."""
        self._flusher.wait()
        os.fsync(self._file.fileno())
        if not self._is_ours():  # "hf cache prune" removes what is incomplete
            with self._path.open("wb") as again:
                self._file.seek(0)
                shutil.copyfileobj(self._file, again, _BLOCK_BYTES)
                again.flush()
                os.fsync(again.fileno())
        self._file.close()  # Windows does not rename what is open
        os.replace(self._path, self._blob)
        _sync_folder(self._blob.parent)

    def discard(self) -> None:
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        with suppress(OSError):  # what is on the disk is verified by the next run
            self._flusher.wait()
        self._file.close()

    def __enter__(self) -> "Partial":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _is_ours(self) -> bool:
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False


def _sync_folder(folder: Path) -> None:
    """So that the new name survives a power cut; Windows keeps it by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

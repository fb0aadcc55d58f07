"""A batch's output on the disk, and what is known of it when it is opened again.

Lines are only ever added, each by one write, so that whatever ends the program leaves at most one
torn line, the last; it is cut off. Lines that are finished before their turn are kept meanwhile in
a file beside the output, which goes when nothing waits any more.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from yi_local import paths
from yi_local.assistant.batch.record import Finished, finished_from
from yi_local.errors import UsageError, YiLocalError
from yi_local.hub.transfer.locks import Lock
from yi_local.language import tr

_SYNC_S = 1.0  # what a power cut may cost; a kill costs nothing


class Sink(Protocol):
    """Where lines of the output go."""

    @property
    def finished(self) -> Mapping[int, Finished]:
        """What was there before, by the input's line number."""

    @property
    def held(self) -> Mapping[int, bytes]:
        """What was finished before, and has not had its turn."""

    def write(self, record: bytes) -> None: ...

    def hold(self, record: bytes) -> None:
        """Kept for its turn; `write` comes later."""

    def nothing_waits(self) -> None:
        """All that was held is written."""


class Ledger:
    """A file. Raises UsageError where it is none of a batch, or another batch is writing it."""

    def __init__(self, file: Path, *, restart: bool = False) -> None:
        self._file = file
        self._beside = file.with_name(file.name + ".waiting")
        self._lock = Lock(_lock_file(file))
        if not self._lock.take(0):
            raise UsageError(
                tr("Another yi batch is writing {file}.", file=file), tr("Wait until it is done.")
            )
        self.finished: dict[int, Finished] = {}
        self.held: dict[int, bytes] = {}
        self._synced_at = time.monotonic()
        self._waiting: BinaryIO | None = None
        self._is_holding = False
        try:
            if restart:
                self._file.unlink(missing_ok=True)
                self._beside.unlink(missing_ok=True)
            self._read_back()
            self._out: BinaryIO = file.open("ab", buffering=0)
        except OSError as error:
            self._lock.release()
            raise _unusable(file, error) from None
        except UsageError:
            self._lock.release()
            raise

    def write(self, record: bytes) -> None:
        self._append(self._out, record)
        now = time.monotonic()
        if now - self._synced_at >= _SYNC_S:
            self._synced_at = now
            _sync(self._out)

    def hold(self, record: bytes) -> None:
        if self._waiting is None:
            try:
                self._waiting = self._beside.open("ab", buffering=0)
            except OSError as error:
                raise _unusable(self._beside, error) from None
        self._append(self._waiting, record)
        self._is_holding = True

    def nothing_waits(self) -> None:
        if self._is_holding:
            self._is_holding = False
            with suppress(OSError):  # what stays in it is known to be written
                os.truncate(self._beside, 0)

    def close(self) -> None:
        """What waits, waits on for the next time."""
        _sync(self._out)
        self._out.close()
        if self._waiting is not None:
            self._waiting.close()
        with suppress(OSError):
            if not self._beside.stat().st_size:
                self._beside.unlink()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- inside

    def _read_back(self) -> None:
        for number, record in enumerate(_whole_lines(self._file), start=1):
            known = finished_from(record)
            if known is None:
                raise UsageError(
                    tr(
                        "{file} is there already, and its line {number} is none of yi batch's.",
                        file=self._file,
                        number=number,
                    ),
                    tr("Give another name, or --restart to begin the file anew."),
                )
            self.finished[known.number] = known
        for record in _whole_lines(self._beside):
            known = finished_from(record)
            if known is not None and known.number not in self.finished:
                self.held[known.number] = record
        self._is_holding = bool(self.held)
        if not self.held:
            self._beside.unlink(missing_ok=True)

    def _append(self, stream: BinaryIO, record: bytes) -> None:
        try:
            rest = memoryview(record)
            while rest:
                rest = rest[stream.write(rest) :]
        except OSError as error:
            raise YiLocalError(
                tr("{path} cannot be written: {reason}.", path=self._file, reason=error.strerror),
                tr("What is in it stays; the same command goes on from there."),
            ) from None


class Stream:
    """Output that cannot be read back, as a pipe: nothing was there, nothing is kept."""

    finished: Mapping[int, Finished] = {}
    held: Mapping[int, bytes] = {}

    def __init__(self, stream: "TextWriter") -> None:
        self._stream = stream

    def write(self, record: bytes) -> None:
        self._stream.write(record.decode())

    def hold(self, record: bytes) -> None:
        pass

    def nothing_waits(self) -> None:
        pass


class TextWriter(Protocol):
    def write(self, text: str) -> None: ...


def _whole_lines(file: Path) -> Iterator[bytes]:
    """A torn last line is cut off the file."""
    if not file.exists():
        return
    whole = 0
    with file.open("r+b") as stream:
        for line in stream:
            if not line.endswith(b"\n"):
                stream.truncate(whole)
                return
            whole += len(line)
            yield line


def _lock_file(file: Path) -> Path:
    """One for each output, in our own folder: beside the output it would be litter."""
    name = sha256(os.fsencode(os.path.realpath(file))).hexdigest()[:16]
    return paths.cache_dir() / "batch" / f"{name}.lock"


def _sync(stream: BinaryIO) -> None:
    with suppress(OSError):  # not every file system can; a device file cannot
        os.fsync(stream.fileno())


def _unusable(file: Path, error: OSError) -> UsageError:
    return UsageError(
        tr("{path} cannot be written: {reason}.", path=file, reason=error.strerror),
        tr("Check the path."),
    )

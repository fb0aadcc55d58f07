"""Measures what a file is: its sha256."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yi_local.errors import CannotLoad, ModelNotFound, YiLocalError
from yi_local.hub.library.file_book import FileBook, FileFacts
from yi_local.hub.stores.stored_model import Stamp, StoredFile, StoredModel
from yi_local.hub.stores.walk import stamp_of
from yi_local.language import tr

BLOCK_BYTES = 1 << 20  # large enough that Python's own time does not count: below 1 %

Progress = Callable[[int, int], None]  # bytes done, bytes in all; raise Cancelled in it to stop


def no_progress(done_bytes: int, total_bytes: int) -> None:
    """For whoever does not look."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one file, read just now."""

    path: Path
    expected: str | None  # sha256; None: nobody says what it should be
    measured: str

    @property
    def matches(self) -> bool | None:
        return None if self.expected is None else self.expected == self.measured


def sha256_of(path: Path, on_progress: Progress = no_progress) -> str:
    """Reads all of the file. Raises YiLocalError, also where it is changed meanwhile."""
    before = stamp_of(path)
    if before is None:
        raise ModelNotFound(
            tr("There is no file {path}.", path=path), tr("List what is here: yi list")
        )
    digest, done_bytes = hashlib.sha256(), 0
    for block in _blocks(path):
        digest.update(block)
        done_bytes += len(block)
        on_progress(done_bytes, before.size_bytes)
    if stamp_of(path) != before or done_bytes != before.size_bytes:
        raise YiLocalError(
            tr("{path} was changed while it was read.", path=path),
            tr("Try again when it is whole."),
        )
    return digest.hexdigest()


def measured_sha256(file: StoredFile, book: FileBook, on_progress: Progress = no_progress) -> str:
    """Measured now, or before on the same file; the caller saves the book."""
    stamp = _stamp(file)
    known = book.facts(file.path, stamp).sha256
    if known is not None:
        return known
    measured = sha256_of(file.path, on_progress)
    book.keep(file.path, stamp, FileFacts(sha256=measured))
    return measured


def verify(
    model: StoredModel,
    expected: Sequence[str | None] | None = None,
    book: FileBook | None = None,
    on_progress: Progress = no_progress,
) -> tuple[Verdict, ...]:
    """Reads every file again, whatever was measured before: disks forget.

    `expected`: a sha256 for each file in order; by default the one its store names it by.
    """
    wanted = expected if expected is not None else [file.sha256 for file in model.files]
    verdicts, done_bytes = [], 0
    for file, sha256 in zip(model.files, wanted, strict=True):
        stamp = _stamp(file)
        progress = part_of_all(on_progress, done_bytes, model.size_bytes or 0)
        verdicts.append(Verdict(file.path, sha256, sha256_of(file.path, progress)))
        done_bytes += stamp.size_bytes
        if book is not None:
            book.keep(file.path, stamp, FileFacts(sha256=verdicts[-1].measured))
    return tuple(verdicts)


def part_of_all(on_progress: Progress, before_bytes: int, all_bytes: int) -> Progress:
    """For one of several files, `before_bytes` of them done: tells of all."""
    return lambda done_bytes, _: on_progress(before_bytes + done_bytes, all_bytes)


def _stamp(file: StoredFile) -> Stamp:
    stamp = stamp_of(file.path)
    if stamp is None:
        raise ModelNotFound(
            tr("There is no file {path}.", path=file.path), tr("List what is here: yi list")
        )
    return stamp


def _blocks(path: Path) -> Iterator[memoryview]:
    """One buffer for all, so that memory stays flat; what was read is not kept in RAM for it."""
    buffer = memoryview(bytearray(BLOCK_BYTES))
    try:
        with path.open("rb", buffering=0) as file:
            advise = getattr(os, "posix_fadvise", None)
            if advise is not None:
                advise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
            while count := file.readinto(buffer):
                yield buffer[:count]
    except PermissionError:
        raise CannotLoad(
            tr("{path} may not be read by you.", path=path),
            tr("Give yourself the right: chmod u+r FILE"),
        ) from None
    except OSError as error:
        raise YiLocalError(
            tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror),
            tr("Check the disk it is on."),
        ) from None

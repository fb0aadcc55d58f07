"""The first bytes of a model file, from wherever it is, in ranges that grow as they are asked for."""

import stat
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.gguf_file.foreign import MAGIC, SNIFFED, refusal

FIRST_RANGE = 1 << 20  # bytes; with the vocabulary, headers have 1 to 16 MB

_LISTED = 8  # file names in a hint

Fetch = Callable[[int, int], bytes]  # offset, length -> bytes; fewer only where the file ends


class Source:
    """Keeps what was fetched, so that nothing is fetched twice.

    Plain reads, no memory map: in a mapped file that is cut while it is read, the next look at the
    lost part ends the process.
    """

    def __init__(self, fetch: Fetch, size: int | None = None) -> None:
        """`size`: bytes of the whole file, where known."""
        self.size = size
        self._fetch = fetch
        self._head = bytearray()
        self._ended = False

    def head(self, length: int) -> bytearray:
        """The first `length` bytes or more, fewer only where the file ends; not to be changed.

        Each fetch at least doubles what is there, so that a header takes few of them.
        """
        while len(self._head) < length and not self._ended:
            have = len(self._head)
            wanted = max(length, 2 * have, FIRST_RANGE)
            if self.size is not None:
                wanted = min(wanted, self.size)
            if wanted > have:
                self._head += self._fetch(have, wanted - have)[: wanted - have]
            self._ended = len(self._head) == have
        return self._head


def from_file(file: BinaryIO) -> Source:
    """An open, seekable file; it stays the caller's to close."""

    def fetch(offset: int, length: int) -> bytes:
        try:
            file.seek(offset)
            return file.read(length)
        except OSError as error:
            raise CannotLoad(
                f"The file cannot be read: {error.strerror}.", "Check the disk it is on."
            ) from None

    return Source(fetch, file.seek(0, 2))


class LocalFile:
    """An open model file; close it, or use it in a `with`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        self._source = from_file(self._file)

    @property
    def size(self) -> int:
        assert self._source.size is not None
        return self._source.size

    def head(self, length: int) -> bytearray:
        return self._source.head(length)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

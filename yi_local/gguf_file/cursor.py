"""Walks over the bytes of a header from left to right, in its byte order."""

from struct import Struct, error
from typing import Any

from yi_local.errors import CannotLoad
from yi_local.gguf_file.source import Source
from yi_local.language import tr

MAX_HEADER_BYTES = 1 << 27  # real ones have 1 to 16 MB; a longer one is damage, not a header
MAX_LIST_LENGTH = 1 << 22  # the longest real lists, merges, have half a million entries


def damaged(reason: str) -> CannotLoad:
    return CannotLoad(
        tr("The file's header is damaged: {reason}.", reason=reason),
        tr("Download the model again."),
    )


def ends_early() -> CannotLoad:
    return CannotLoad(
        tr("The file ends inside its header: it is cut short or damaged."),
        tr("Download the model again."),
    )


class Cursor:
    """Every step asks the source for more where that is needed.

    Every step raises CannotLoad where the file ends before it, and where a length is absurd.
    """

    def __init__(self, source: Source, at: int, order: str) -> None:
        """`order` is struct's "<" or ">"."""
        self.at = at  # bytes from the start of the file
        self._source = source
        self._buffer = source.head(at)
        self._scalars = {code: Struct(order + code) for code in "BbHhIifQqd?"}
        self._length = self._scalars["Q"]

    def number(self, code: str) -> Any:
        """One scalar, named as in struct."""
        form = self._scalars[code]
        start = self._pass(form.size)
        return form.unpack_from(self._buffer, start)[0]

    def numbers(self, code: str, count: int) -> list[Any]:
        form = self._scalars[code]
        start = self.skip_numbers(code, count)
        packed = Struct(f"{form.format[0]}{count}{code}")
        return list(packed.unpack_from(self._buffer, start))

    def skip_numbers(self, code: str, count: int) -> int:
        """Returns where they began."""
        self._check_count(count)
        return self._pass(count * self._scalars[code].size)

    def raw(self) -> bytes:
        """One string, as it is."""
        length = self.number("Q")
        start = self._pass(length)
        return bytes(self._buffer[start : self.at])

    def text(self) -> str:
        return self.raw().decode("utf-8", "replace")

    def name(self, what: str) -> str:
        """One string that others refer to, so that it must be text and not empty."""
        raw = self.raw()
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise damaged(tr("the name of a {what} is not text", what=what)) from None
        if not name:
            raise damaged(tr("a {what} has no name", what=what))
        return name

    def texts(self, count: int) -> list[str]:
        start = self.at
        self.skip_texts(count)
        block = bytes(self._buffer[start : self.at])
        read, at, texts = self._length.unpack_from, 0, []
        for _ in range(count):
            begin = at + 8
            at = begin + read(block, at)[0]
            texts.append(block[begin:at].decode("utf-8", "replace"))
        return texts

    def skip_texts(self, count: int) -> None:
        self._check_count(count)
        self._require(self.at + 8 * count)
        while (end := self._end_of_texts(count)) > len(self._buffer):
            self._require(end)
        self.at = end

    def _end_of_texts(self, count: int) -> int:
        """Where they end, or some byte past the buffer that is needed to know.

        The hot loop of a header: a vocabulary has up to 260,000 strings, its merges as many.
        """
        buffer, at = self._buffer, self.at
        read = self._length.unpack_from
        try:
            for _ in range(count):
                at += 8 + read(buffer, at)[0]
        except (error, OverflowError):  # past the buffer; past any buffer
            return int(at) + 8
        return int(at)

    def _pass(self, length: int) -> int:
        start = self.at
        self._require(start + length)
        self.at = start + length
        return start

    def _require(self, end: int) -> None:
        if end <= len(self._buffer):
            return
        if self._source.size is not None and end > self._source.size:
            raise ends_early()
        if end > MAX_HEADER_BYTES:
            raise damaged(tr("a length in it is absurd"))
        self._buffer = self._source.head(end)
        if end > len(self._buffer):
            raise ends_early()

    def _check_count(self, count: int) -> None:
        if count > MAX_LIST_LENGTH:
            raise damaged(tr("a list in it claims {count:,} entries", count=count))

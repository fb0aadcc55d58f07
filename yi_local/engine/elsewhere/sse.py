"""Server-sent events out of the bytes of a stream, however they are cut."""

from collections.abc import Iterator

MAX_EVENT_BYTES = 1 << 23  # no honest piece of an answer is a thousandth of it


class EventReader:
    """Gives out the data of each event; comments and all other fields are passed over.

    Raises ValueError for an event that does not end.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0
        self._is_first = True

    def feed(self, block: bytes) -> Iterator[str]:
        self._rest += block
        if len(self._rest) + self._size > MAX_EVENT_BYTES:
            raise ValueError("an event without end")
        if self._rest.endswith(b"\r"):  # a line feed may belong to it
            whole, self._rest = self._rest[:-1], b"\r"
        else:
            whole, self._rest = self._rest, b""
        *lines, last = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = last + self._rest
        for line in lines:
            yield from self._line(line)

    def end(self) -> Iterator[str]:
        """The last event, where the stream ended without its empty line."""
        if self._rest:
            yield from self._line(self._rest.rstrip(b"\r"))
            self._rest = b""
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[str]:
        if self._is_first:
            line, self._is_first = line.removeprefix(b"\xef\xbb\xbf"), False
        if not line:
            if self._data:
                data = b"\n".join(self._data)
                self._data, self._size = [], 0
                yield data.decode("utf-8", "replace")
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(line)

"""What comes in: piped text, typed lines, arguments, files."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from yi_local.errors import UsageError
from yi_local.language import tr

_CHUNK_BYTES = 1 << 16


class Input:
    """stdin, read as bytes, so that no locale decides what they mean. May be closed (None)."""

    def __init__(self, stdin: TextIO | None) -> None:
        self._stdin = stdin
        self.is_terminal = stdin is not None and stdin.isatty()

    def read_piped(self, *, exactly: bool = False) -> str | None:
        """All that is piped in, without its last line end; None where nothing is piped.

        `exactly`: with its last line end.
        """
        if self._stdin is None or self.is_terminal:
            return None
        text = decode(self._read(self._stdin.buffer.read))
        if exactly:
            return text
        return text.removesuffix("\n").removesuffix("\r")

    def read_line(self) -> str | None:
        """The next line without its end; None where there is none."""
        if self._stdin is None:
            return None
        line = self._read(self._stdin.buffer.readline)
        return decode(line).rstrip("\r\n") if line else None

    def piped_lines(self) -> Iterator[bytes]:
        """Each as soon as it is there, for a thread that nobody waits for.

        Read past Python's buffer: its lock would keep the program from ending meanwhile.
        """
        if self._stdin is None:
            return
        descriptor, rest = self._stdin.fileno(), b""
        while data := self._read(lambda: os.read(descriptor, _CHUNK_BYTES)):
            *lines, rest = (rest + data).split(b"\n")
            yield from lines
        if rest:
            yield rest

    @staticmethod
    def _read(read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except OSError as error:
            raise UsageError(
                tr("Standard input cannot be read: {reason}.", reason=error.strerror)
            ) from None


def decode(data: bytes) -> str:
    """UTF-8, with or without a mark, else GB18030, the encoding of Chinese Windows."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def decode_argument(argument: str) -> str:
    """An argument's text; bytes that Python could not decode are read as `decode` does."""
    try:
        argument.encode("utf-8")
    except UnicodeEncodeError:
        return decode(os.fsencode(argument))
    return argument


def read_text_file(path: str) -> str:
    try:
        return decode(Path(path).expanduser().read_bytes())
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            tr("{path} cannot be read: {reason}.", path=path, reason=reason),
            tr("Check the path."),
        ) from None

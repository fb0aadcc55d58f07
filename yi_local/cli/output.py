"""Where text leaves the program: stdout is data, stderr is talk."""

import errno
import os
from collections.abc import Mapping
from typing import TextIO

from yi_local.cli.progress import ProgressLine
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.text import clean, wrapped

# What the systems report when the reader of a pipe has gone; Windows says EINVAL.
_READER_GONE = (errno.EPIPE, errno.EINVAL) if os.name == "nt" else (errno.EPIPE,)


class OutputClosed(Exception):
    """Whoever read our stdout has gone; there is nothing left to do."""


class Output:
    """Writes at once, in UTF-8. Either stream may be None, as Python has it where it is closed."""

    def __init__(
        self, stdout: TextIO | None, stderr: TextIO | None, environ: Mapping[str, str]
    ) -> None:
        self._stdout = _prepared(stdout)
        self._stderr = _prepared(stderr)
        self._cleans = _is_terminal(stdout)
        plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
        watched = _is_terminal(stderr) and not plain
        self.is_watched = _is_terminal(stderr)  # whether somebody can answer a question
        self.progress = ProgressLine(self._talk if watched else None)

    def write(self, text: str) -> None:
        """Data: as it is into pipes and files, cleaned onto a terminal.

        Raises OutputClosed where nobody reads any more, YiLocalError where it cannot be written.
        """
        if self._stdout is None:
            return
        self.progress.clear()
        try:
            self._stdout.write(clean(text) if self._cleans else text)
            self._stdout.flush()
        except OSError as error:
            _silence(self._stdout)
            if error.errno in _READER_GONE:
                raise OutputClosed from None
            raise YiLocalError(
                tr("The output could not be written: {reason}.", reason=error.strerror)
            ) from None

    @property
    def columns(self) -> int | None:
        """Of the terminal that data goes to; None where it goes elsewhere."""
        return _columns(self._stdout)

    def say(self, text: str) -> None:
        """One remark to the person, on a terminal with its words kept whole."""
        self.progress.clear()
        self._talk(wrapped(clean(text), _columns(self._stderr)) + "\n")

    def ask(self, prompt: str) -> None:
        """The prompt of a line that will be read; the cursor stays behind it."""
        self.progress.clear()
        self._talk(clean(prompt))

    def fail(self, error: YiLocalError) -> None:
        """What went wrong; further lines of the message are indented, so that none looks ours."""
        self.say(tr("error: {message}", message=error.message.replace("\n", "\n  ")))
        if error.hint:
            self.say(tr("hint: {hint}", hint=error.hint.replace("\n", "\n  ")))

    def _talk(self, text: str) -> None:
        """Talk that nobody can hear must not stop the work."""
        if self._stderr is None:
            return
        try:
            self._stderr.write(text)
            self._stderr.flush()
        except OSError:
            _silence(self._stderr)
            self._stderr = None


def _prepared(stream: TextIO | None) -> TextIO | None:
    """UTF-8 whatever the locale or code page; a lone surrogate becomes a question mark."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="replace")
    return stream


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _columns(stream: TextIO | None) -> int | None:
    """The width of a terminal; None for anything else, and for one that does not tell."""
    if stream is None or not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def _silence(stream: TextIO) -> None:
    """What is still in the buffer goes nowhere, else Python complains of it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)

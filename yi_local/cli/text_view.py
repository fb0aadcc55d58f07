"""The text of an answer on its way to the output."""

from collections.abc import Callable, Iterable

from yi_local.cli.interrupt import cancelling_on_interrupt
from yi_local.cli.output import Output
from yi_local.language import tr
from yi_local.types import Done, PrefillProgress, TextDelta

_WORTH_A_LINE = 128  # tokens to read; fewer are not worth a line that comes and goes


class TextView:
    """Shows events as they come, keeps what they said.

    Written text ends with exactly one newline: trailing ones are held back until more follows.
    """

    def __init__(self, output: Output, *, streams: bool = True) -> None:
        self._output = output
        self._streams = streams
        self._parts: list[str] = []
        self._held = ""
        self._written = False
        self._reads = False  # a prompt long enough to be waited for
        self.done: Done | None = None

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def show(self, events: Iterable[object], cancel: Callable[[], None]) -> None:
        """To the last event; Ctrl-C calls `cancel`, which must make the events end."""
        try:
            with cancelling_on_interrupt(cancel):
                for event in events:
                    self._show(event)
        finally:
            self._output.progress.clear()
            self._end_text()

    def _show(self, event: object) -> None:
        match event:
            case PrefillProgress(done, total):
                self._show_prefill(done, total)
            case TextDelta(text):
                self._parts.append(text)
                self._write(text)
            case Done():
                self.done = event

    def _show_prefill(self, done: int, total: int) -> None:
        self._reads = self._reads or total - done >= _WORTH_A_LINE
        if self._reads:
            self._output.progress.show(tr("Reading the prompt"), done, total, tr("tokens"))

    def _write(self, text: str) -> None:
        if not self._streams:
            return
        text = self._held + text
        body = text.rstrip("\n")
        self._held = text[len(body) :]
        if body:
            self._written = True
            self._output.write(body)

    def _end_text(self) -> None:
        """An answer that came to its end ends its line, even an empty one."""
        if self._streams and (self._written or self.done is not None):
            self._output.write("\n")

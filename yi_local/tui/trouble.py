"""What went wrong, told in words while the app goes on."""

from typing import TYPE_CHECKING

from textual.worker import Worker, WorkerState

from yi_local import paths
from yi_local.assistant.crash_report import write_report
from yi_local.errors import Cancelled, YiLocalError
from yi_local.language import tr
from yi_local.text import clean

if TYPE_CHECKING:
    from textual.dom import DOMNode as _Mixed
else:
    _Mixed = object  # as a DOMNode it would hide the other base's CSS: Textual follows one base

_READING_S = 12.0  # long enough to read two sentences


class TellsTrouble(_Mixed):
    """For whoever starts workers, with exit_on_error=False: a screen, seldom a widget."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            self.tell(error)

    def tell(self, error: BaseException) -> None:
        """What a person wished is no error; what nobody foresaw leaves a report."""
        if isinstance(error, Cancelled):
            return
        known = error if isinstance(error, YiLocalError) else explained(error)
        self.app.notify(
            in_words(known),
            title=tr("Error"),
            severity="error",
            timeout=_READING_S,
            markup=False,
        )


def in_words(error: YiLocalError) -> str:
    """What went wrong, and what can be done, for a terminal."""
    return clean("\n".join(line for line in (error.message, error.hint) if line))


def explained(error: BaseException) -> YiLocalError:
    """Of a bug: one sentence, and where the report is."""
    sentence = tr("Something unexpected happened ({kind}).", kind=type(error).__name__)
    try:
        report = write_report(error, paths.log_dir())
    except OSError:
        return YiLocalError(sentence)
    return YiLocalError(sentence, tr("Details are in {path}", path=report))

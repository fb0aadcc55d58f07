"""Where a conversation is exported to, and in which format."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, RadioSet, Static

from yi_local.errors import UsageError
from yi_local.language import mark, tr
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.exporting import SUFFIXES, Format, file_name, format_of, path_to_write
from yi_local.tui.widgets.toggles import Circle

_FORMATS: tuple[tuple[Format, str], ...] = (
    ("markdown", mark("Markdown: what is shown now, for people")),
    ("json", mark("JSON: all versions of all messages, can be imported again")),
)


@dataclass(frozen=True, slots=True)
class ExportChoice:
    path: Path
    format: Format


class ExportDialog(Dialog[ExportChoice]):
    """The name's end and the format go together: whichever is changed, the other follows."""

    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    ExportDialog {
        RadioSet { border: none; background: $surface; padding: 0; margin: 1 0; width: 100%; }
        RadioSet:focus { border: none; }
    }
    """

    def __init__(self, title: str, folder: Path | None = None) -> None:
        super().__init__(tr("Export the conversation"))
        self._path = str((folder or Path("~")) / file_name(title, "markdown"))

    def body(self) -> Iterable[Widget]:
        yield Input(self._path, select_on_focus=False, compact=True)
        yield RadioSet(
            *(
                Circle(Content(tr(text)), value=number == 0, id=kind)
                for number, (kind, text) in enumerate(_FORMATS)
            ),
            compact=True,
        )
        yield Static(classes="problem", markup=False)

    def confirm(self) -> None:
        try:
            path = path_to_write(self._input.value)
        except UsageError as error:
            text = " ".join(filter(None, (error.message, error.hint)))
            self.query_one(".problem", Static).update(Content(clean(text)))
        else:
            self.dismiss(ExportChoice(path, self._format))

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    @property
    def _format(self) -> Format:
        pressed = self.query_one(RadioSet).pressed_button
        return "json" if pressed is not None and pressed.id == "json" else "markdown"

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one(".problem", Static).update("")
        kind = format_of(event.value)
        if kind is not None and kind != self._format:
            self.query_one(f"#{kind}", Circle).value = True

    @on(RadioSet.Changed)
    def _chosen(self, event: RadioSet.Changed) -> None:
        value = self._input.value
        if format_of(value) not in (None, self._format):
            stem = value[: -len(SUFFIXES[format_of(value) or "markdown"])]
            self._input.value = stem + SUFFIXES[self._format]

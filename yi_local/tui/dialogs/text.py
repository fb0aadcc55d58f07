"""One line of text, asked for."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Input

from yi_local.tui.dialogs.dialog import Dialog


class TextDialog(Dialog[str]):
    """None where it was closed; an empty line is an answer."""

    def __init__(self, title: str, value: str = "", placeholder: str = "") -> None:
        super().__init__(title)
        self._value, self._placeholder = value, placeholder

    def body(self) -> Iterable[Widget]:
        yield Input(self._value, placeholder=self._placeholder, select_on_focus=False, compact=True)

    def confirm(self) -> None:
        self.dismiss(self.query_one(Input).value.strip())

"""A question that is answered by yes or no."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog


class ConfirmDialog(Dialog[bool]):
    """Enter is yes, Escape is no."""

    AUTO_FOCUS = "#yes"
    DEFAULT_CSS = """
    ConfirmDialog {
        VerticalScroll { height: auto; max-height: 12; padding: 1 0; }
        Horizontal { height: auto; align-horizontal: right; padding: 0 0 1 0; }
        Button { margin: 0 0 0 2; min-width: 12; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, text: str, yes_label: str, *, title: str | None = None) -> None:
        super().__init__(tr("Please confirm") if title is None else title)
        self._text, self._yes_label = text, yes_label

    def body(self) -> Iterable[Widget]:
        yield VerticalScroll(Static(Content(clean(self._text))), can_focus=False)
        no = Button(tr("Cancel"), id="no", compact=True)
        no.label = Content(tr("Cancel"))
        yes = Button("", id="yes", variant="warning", compact=True)
        yes.label = Content(clean(self._yes_label))
        yield Horizontal(no, yes)

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def confirm(self) -> None:
        self.dismiss(True)

    def nothing(self) -> bool:
        return False

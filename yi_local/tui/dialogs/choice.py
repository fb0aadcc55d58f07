"""Some facts, and a few things of which one can be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button

from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.widgets.models.facts import Facts, Line


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: str  # translated
    is_grave: bool = False  # it destroys something


class ChoiceDialog(Dialog[str]):
    """Gives the id of what was chosen, None where nothing was. The first choice has the focus."""

    DEFAULT_CSS = """
    ChoiceDialog {
        VerticalScroll { height: auto; max-height: 16; margin: 1 0; }
        Horizontal { height: auto; align-horizontal: right; padding: 0 0 1 0; }
        Button { margin: 0 0 0 1; min-width: 10; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "app.focus_previous", ""),
        ("right", "app.focus_next", ""),
    ]

    def __init__(self, title: str, lines: Sequence[Line], choices: Sequence[Choice]) -> None:
        super().__init__(title)
        self._lines, self._choices = lines, choices

    def body(self) -> Iterable[Widget]:
        yield VerticalScroll(Facts(id="choice-facts"), can_focus=False)
        yield Horizontal(*(_button(choice) for choice in self._choices))

    def on_mount(self) -> None:
        self.query_one(Facts).show(self._lines)
        self.query(Button).first().focus()

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        chosen = event.button.id
        self.dismiss(None if chosen == "close" else chosen)

    def confirm(self) -> None:
        """Enter where no button has the focus does nothing."""


def closing(label: str | None = None) -> Choice:
    """The choice that does nothing."""
    return Choice("close", tr("Cancel") if label is None else label)


def _button(choice: Choice) -> Button:
    return Button(
        Content(clean(choice.label)),
        id=choice.id,
        variant="warning" if choice.is_grave else "default",
        compact=True,
    )

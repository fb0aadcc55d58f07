"""All the keys, in the reader's language."""

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from yi_local.language import mark, tr
from yi_local.text import padded, width_of
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.key_names import key_names
from yi_local.tui.keys import ACTIONS
from yi_local.tui.own_keys import keys_of

PLACES: Mapping[str, str] = {
    "app": mark("Everywhere"),
    "chat": mark("Chat"),
    "message": mark("A message that has the focus"),
    "list": mark("The list of conversations"),
    "compare": mark("Two answers side by side"),
    "models": mark("Models"),
    "machine": mark("Machine"),
    "settings": mark("Settings"),
}
# Of the prompt and of all text fields: these cannot be changed.
_TYPING: tuple[tuple[str, str], ...] = (
    ("enter", mark("Send the message")),
    ("ctrl+j,shift+enter", mark("New line")),
    ("tab,shift+tab", mark("To the next field, to the one before")),
)


class HelpDialog(Dialog[None]):
    """Scrolls with the arrows; what a person has changed is shown as it is."""

    HIGH = True
    AUTO_FOCUS = "VerticalScroll"
    DEFAULT_CSS = """
    HelpDialog {
        VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
        VerticalScroll:focus { outline: none; }
        Static { height: auto; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "close", show=False)]

    def __init__(self, changed: Mapping[str, str]) -> None:
        super().__init__(tr("Keys"))
        self._changed = changed

    def body(self) -> Iterable[Widget]:
        yield VerticalScroll(Static(self._text()))

    def _text(self) -> Content:
        sections = list(self._sections())
        width = max(width_of(keys) for _, rows in sections for keys, _ in rows)
        lines: list[Content] = []
        for heading, rows in sections:
            lines += [Content(""), Content.styled(heading, "bold underline")]
            for keys, description in rows:
                lines.append(
                    Content.assemble("  ", (padded(keys, width), "bold $accent"), "  ", description)
                )
        return Content("\n").join(lines[1:])

    def _sections(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """(heading, (keys, description)...); a place without actions has none."""
        for place, heading in PLACES.items():
            rows = [
                (key_names(keys_of(action, self._changed)), tr(action.description))
                for action in ACTIONS
                if action.place == place
            ]
            if place == "chat":
                rows += [(key_names(keys), tr(description)) for keys, description in _TYPING]
            if rows:
                yield tr(heading), rows

    def confirm(self) -> None:
        self.dismiss(None)

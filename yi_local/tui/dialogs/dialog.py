"""What all dialogs have in common: a box with a title, Enter and Escape, a line with the keys."""

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button

from yi_local.language import mark
from yi_local.text import clean
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.turns import TakesTurns
from yi_local.tui.widgets.key_bar import KeyBar

Result = TypeVar("Result")


class Dialog(TellsTrouble, TakesTurns, ModalScreen[Result]):
    """Escape closes it with `nothing`, Enter is `confirm`; what stands in it is `body`."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > Vertical.box {
            width: 100%;
            max-width: 76;
            height: auto;
            max-height: 100%;
            background: $surface;
            border: round $primary;
            border-title-color: $foreground;
            border-title-style: bold;
            padding: 0 1;
        }
        & > Vertical.box.-high { height: 92%; max-height: 34; }
        KeyBar { background: $surface; margin: 0; }
        Input { padding: 0 1; background: $panel; width: 1fr; }
        OptionList { border: none; background: $surface; padding: 0; }
        .problem { color: $error; height: auto; }
        .remark { color: $foreground-muted; height: auto; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "confirm", mark("OK"), priority=True),
        Binding("escape", "close", mark("Close")),
    ]
    HIGH = False  # takes the height there is, else that of its content

    def __init__(self, title: str) -> None:
        super().__init__()
        self._heading = title

    def compose(self) -> ComposeResult:
        with Vertical(classes="box -high" if self.HIGH else "box") as box:
            box.border_title = Content(clean(self._heading))
            yield from self.body()
            yield KeyBar()

    def body(self) -> Iterable[Widget]:
        raise NotImplementedError

    def action_confirm(self) -> None:
        """A button that has the focus is pressed, whatever else Enter means."""
        if isinstance(self.focused, Button):
            self.focused.press()
        else:
            self.confirm()

    def confirm(self) -> None:
        raise NotImplementedError

    def action_close(self) -> None:
        self.dismiss(self.nothing())

    def nothing(self) -> Result | None:
        return None

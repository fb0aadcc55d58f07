"""A message in the transcript: what questions and answers have in common."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from yi_local.tui import keys
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.transcript.entry import Entry


class Turn(TellsTrouble, Widget, can_focus=True):
    """Has the focus as a whole; what its keys mean is for the screen to do.

    The bar at the left is there for the focus only: it says so without colours.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("message")]
    DEFAULT_CSS = """
    Turn {
        width: 1fr;
        max-width: 120;
        height: auto;
        padding: 0 1;
        border-left: blank;
        &:focus { border-left: outer $accent; }
    }
    """
    NEVER: ClassVar[frozenset[str]] = frozenset()  # what cannot be done with such a message

    @dataclass
    class Wanted(Message):
        """`what` is the method of an action in the table: "copy", "earlier_sibling"."""

        turn: "Turn"
        what: str

    @dataclass
    class Code(Message):
        """A code block, by its number from 1."""

        turn: "Turn"
        number: int

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry

    @property
    def node_id(self) -> int:
        return self.entry.node.id

    def show(self, entry: Entry) -> None:
        """The same message, of which something else is known now."""
        self.entry = entry

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in self.NEVER

    def action_copy(self) -> None:
        self.post_message(Turn.Wanted(self, "copy"))

    def action_copy_code(self) -> None:
        self.post_message(Turn.Wanted(self, "copy_code"))

    def action_edit(self) -> None:
        self.post_message(Turn.Wanted(self, "edit"))

    def action_retry(self) -> None:
        self.post_message(Turn.Wanted(self, "retry"))

    def action_go_on(self) -> None:
        self.post_message(Turn.Wanted(self, "go_on"))

    def action_earlier_sibling(self) -> None:
        self.post_message(Turn.Wanted(self, "earlier_sibling"))

    def action_later_sibling(self) -> None:
        self.post_message(Turn.Wanted(self, "later_sibling"))

    def action_pin(self) -> None:
        self.post_message(Turn.Wanted(self, "pin"))

    def action_open(self) -> None:
        self.post_message(Turn.Wanted(self, "open"))

    def action_above(self) -> None:
        self.post_message(Turn.Wanted(self, "above"))

    def action_first(self) -> None:
        self.post_message(Turn.Wanted(self, "first"))

    def action_last(self) -> None:
        self.post_message(Turn.Wanted(self, "last"))

    def action_below(self) -> None:
        self.post_message(Turn.Wanted(self, "below"))

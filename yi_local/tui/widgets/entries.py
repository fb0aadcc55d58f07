"""The rows of the list of conversations: thousands cost no more than those that are seen."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.widgets import OptionList

from yi_local.tui import keys


class Entries(OptionList):
    """What is highlighted can be renamed and deleted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("list"),
        Binding("escape", "leave", show=False),
    ]

    @dataclass
    class Asked(Message):
        """Something to be done with the highlighted one."""

        what: str

    def on_focus(self) -> None:
        if self.highlighted is None:
            self.action_first()

    def on_resize(self, event: Resize) -> None:
        """Whoever filled it fills it anew for the width: until then it stays broken as it is.

        Textual's own step would break thousands of entries that are about to go.
        """
        event.prevent_default()

    def action_rename(self) -> None:
        self.post_message(self.Asked("rename"))

    def action_delete(self) -> None:
        self.post_message(self.Asked("delete"))

    def action_leave(self) -> None:
        self.post_message(self.Asked("leave"))

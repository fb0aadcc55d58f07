"""What all panes of the settings do: show settings, and ask for a change of them."""

from dataclasses import dataclass
from typing import Any

from textual.containers import VerticalScroll
from textual.message import Message

from yi_local.settings import Settings


@dataclass
class Change(Message):
    """Fields of Settings that shall have these values; then `show` is called, come what may."""

    fields: dict[str, Any]


class Pane(VerticalScroll, can_focus=False):
    """`show` sets every control, also back to what it was where a change has failed."""

    DEFAULT_CSS = """
    Pane {
        padding: 1 2 0 2;
        .heading { text-style: bold; color: $primary; height: auto; margin: 1 0 0 0; }
        .heading.-first { margin: 0; }
        .remark { color: $foreground-muted; height: auto; max-width: 100; }
        OptionList { height: auto; max-height: 12; border: none; padding: 0; max-width: 100; }
        .buttons { height: auto; }
    }
    """

    def show(self, settings: Settings) -> None:
        raise NotImplementedError

    def ask(self, **fields: Any) -> None:
        self.post_message(Change(fields))

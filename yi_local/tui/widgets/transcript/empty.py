"""What stands in the place of a transcript before anything was said."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from yi_local.language import mark, tr
from yi_local.text import clean

_EXAMPLES = (
    mark("Explain how a heat pump works, for a curious twelve-year-old."),
    mark("Write a Python function that tells whether a word is a palindrome, with tests."),
    mark("Give me three ideas for dinner with rice, eggs and tomatoes."),
)


class Example(Static, can_focus=True):
    """A question that can be taken into the prompt, by a click or by Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", mark("Take it"), show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, text: str) -> None:
        super().__init__(Content(text), markup=False)
        self._text = text

    def on_click(self, event: Click) -> None:
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        self.post_message(Empty.Taken(self._text))


class Empty(VerticalScroll, can_focus=False):
    DEFAULT_CSS = """
    Empty {
        align: center middle;
        padding: 0 2;
        .empty-model { text-style: bold; color: $accent; width: auto; max-width: 100%; }
        .empty-hint { width: auto; max-width: 100%; color: $foreground-muted; margin: 0 0 1 0; }
        Example {
            width: auto; max-width: 100%; padding: 0 1; margin: 0 0 1 0;
            border-left: outer $panel;
        }
        Example:focus { border-left: outer $accent; text-style: bold; }
        Example:hover { color: $primary; }
    }
    """

    @dataclass
    class Taken(Message):
        text: str

    def compose(self) -> ComposeResult:
        yield Static(markup=False, classes="empty-model")
        yield Static(markup=False, classes="empty-hint")
        for example in _EXAMPLES:
            yield Example(tr(example))

    def show(self, model: str, hint: str) -> None:
        """Who will answer, and what is to be done now."""
        self.query_one(".empty-model", Static).update(Content(clean(model)))
        self.query_one(".empty-hint", Static).update(Content(clean(hint)))

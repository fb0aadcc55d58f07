"""One of two answers side by side: with what it is made, how it goes on, and its text."""

from dataclasses import dataclass
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from yi_local.language import tr
from yi_local.text import clean, one_line
from yi_local.tui.sampling_fields import FIELDS, NotANumber, read_fields
from yi_local.tui.widgets.transcript.body import Body
from yi_local.tui.widgets.transcript.reading_place import ReadingPlace

_FIELDS = ("temperature", "seed")


class _Answer(ReadingPlace, can_focus=True):
    """Scrolled by the arrows when it has the focus."""


class CompareSide(Vertical):
    """Knows nothing of the other one."""

    DEFAULT_CSS = """
    CompareSide {
        width: 1fr; height: 1fr;
        border: round $primary;
        border-title-color: $foreground;
        border-title-style: bold;
        padding: 0 1;
        &.-kept { border: heavy $accent; }
        Horizontal { height: 1; }
        .name { width: auto; padding: 0 1 0 0; color: $foreground-muted; }
        Input { width: 1fr; min-width: 6; max-width: 14; background: $panel; margin: 0 1 0 0; }
        Button { width: auto; min-width: 4; max-width: 100%; }
        _Answer { height: 1fr; margin: 1 0 0 0; scrollbar-size-vertical: 1;
            scrollbar-background: $background; }
        .state { height: auto; max-height: 4; color: $foreground-muted; }
    }
    """

    @dataclass
    class ModelWanted(Message):
        """Another model shall answer here."""

        number: int

    def __init__(self, number: int, letter: str, model: str) -> None:
        super().__init__()
        self.number = number
        self.model = model  # as Models.open understands it; "" where none is chosen yet
        self._letter = letter
        self._text = ""

    def compose(self) -> ComposeResult:
        self.border_title = self._letter
        yield Horizontal(Button("", compact=True))
        with Horizontal():
            for name in _FIELDS:
                yield Static(tr(dict(FIELDS)[name]), classes="name", markup=False)
                yield Input(id=name, placeholder=tr("advised"), compact=True)
        with _Answer():
            yield Body()
        yield Static(classes="state", markup=False)

    def on_mount(self) -> None:
        self.use(self.model)

    def use(self, model: str, title: str = "") -> None:
        """The title where it is known; else the name, of a path its end."""
        self.model = model
        shown = title or model.replace("\\", "/").rsplit("/", 1)[-1] or tr("none yet")
        self.query_one(Button).label = Content(tr("Model: {name}", name=one_line(shown)))

    def sampling(self) -> dict[str, Any]:
        """What differs from the conversation's. Raises NotANumber, with the field in focus."""
        try:
            return read_fields({name: self.query_one(f"#{name}", Input).value for name in _FIELDS})
        except NotANumber as error:
            self.query_one(f"#{error.field}", Input).focus()
            raise

    async def begin(self) -> None:
        self._text = ""
        self.remove_class("-kept")
        self.state("")
        await self.query_one(Body).update("")

    async def grow(self, text: str) -> None:
        self._text += text
        await self.query_one(Body).append(clean(text))

    async def end(self) -> None:
        """Whole: a table and a link look as they should only then."""
        await self.query_one(Body).fill(clean(self._text))

    def state(self, text: str) -> None:
        """What goes on, how fast it was, or why it failed."""
        self.query_one(".state", Static).update(Content(clean(text)))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.ModelWanted(self.number))

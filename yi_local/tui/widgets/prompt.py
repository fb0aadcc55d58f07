"""Where a person writes: Enter sends, and nothing is lost that was not sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import Static, TextArea

from yi_local.language import tr
from yi_local.store.records import Attachment
from yi_local.tui.widgets.transcript.question import chips

_NEW_LINE = ("ctrl+j", "shift+enter")  # many terminals send Enter for the second


class Prompt(TextArea):
    """Says what is wanted and keeps its text: whoever stores the text clears it.

    Pasted line ends come as one Paste, so that they send nothing.
    """

    @dataclass
    class Sent(Message):
        text: str

    class Left(Message):
        """Upwards, out of an empty prompt."""

    @dataclass
    class Paged(Message):
        pages: int

    def __init__(self) -> None:
        super().__init__(highlight_cursor_line=False)

    def on_mount(self) -> None:
        self.placeholder = tr("Message: Enter sends, Ctrl+J begins a new line")

    def on_key(self, event: Key) -> None:
        if event.key == "enter":
            self.post_message(Prompt.Sent(self.text))
        elif event.key in _NEW_LINE:
            self.insert("\n")
        else:
            return
        event.stop()
        event.prevent_default()

    def action_cursor_up(self, select: bool = False) -> None:
        if self.text:
            super().action_cursor_up(select)
        else:
            self.post_message(Prompt.Left())

    def action_cursor_page_up(self) -> None:
        """The transcript is longer than a prompt will be."""
        self.post_message(Prompt.Paged(-1))

    def action_cursor_page_down(self) -> None:
        self.post_message(Prompt.Paged(1))

    def put(self, text: str) -> None:
        """In the place of what is there; it can be undone."""
        self.clear()
        self.insert(text)
        self.move_cursor(self.document.end)


class PromptBox(Vertical):
    """The prompt, and above it what will be done with its text where that is not plain."""

    DEFAULT_CSS = """
    PromptBox {
        height: auto;
        padding: 0 1;
        Prompt {
            height: auto;
            min-height: 3;
            max-height: 10;
            padding: 0 1;
            background: $surface;
            border: none;
            border-left: outer $foreground-muted;
            scrollbar-size-vertical: 1;
            &:focus { border: none; border-left: outer $primary; }
            &:ansi { background: transparent; }
        }
        .prompt-note { height: auto; padding: 0 2; color: $warning; }
        .prompt-chips { height: auto; padding: 0 2; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(markup=False, classes="prompt-note")
        yield Static(markup=False, classes="prompt-chips")
        yield Prompt()

    def on_mount(self) -> None:
        self.note("")
        self.attached(())

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    def note(self, text: str) -> None:
        self._show(".prompt-note", Content(text))

    def attached(self, attachments: Sequence[Attachment], costs: Sequence[str] = ()) -> None:
        self._show(".prompt-chips", chips(attachments, costs))

    @on(TextArea.Changed)
    def _quiet(self, event: TextArea.Changed) -> None:
        event.stop()

    def _show(self, selector: str, content: Content) -> None:
        line = self.query_one(selector, Static)
        line.update(content)
        line.display = bool(content)

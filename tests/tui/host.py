"""An app with nothing in it, for a widget or a dialog alone."""

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from yi_local.tui.themes import DARK, OWN_THEMES


class Host(App[None]):
    """Keeps what the widget says, and what a dialog returns."""

    def __init__(self, widget: Widget | None = None) -> None:
        super().__init__()
        self._widget = widget
        self.said: list[Message] = []
        self.returned: list[object] = []

    def compose(self) -> ComposeResult:
        if self._widget is not None:
            yield self._widget

    def on_mount(self) -> None:
        for theme in OWN_THEMES:
            self.register_theme(theme)
        self.theme = DARK

    def hear(self, message: Message) -> None:
        self.said.append(message)

    def heard(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.said if isinstance(message, kind)]


async def ask(pilot: Pilot[None], dialog: Screen[object]) -> None:
    """Opens the dialog; what it returns comes into `app.returned`."""
    app = pilot.app
    assert isinstance(app, Host)
    app.push_screen(dialog, app.returned.append)
    await pilot.pause()


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Key by key, as far as there are keys; Chinese comes as an input method sends it."""
    names = {" ": "space", ".": "full_stop", "/": "slash", "-": "minus", "~": "tilde"}
    await pilot.press(*(names.get(character, character) for character in text))

"""The bar at the top: the parts of the app, and what is going on in it."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from yi_local.language import mark, tr

PARTS: tuple[tuple[str, str, str], ...] = (  # mode, key, name
    ("chat", "F2", mark("Chat")),
    ("models", "F3", mark("Models")),
    ("machine", "F4", mark("Machine")),
    ("settings", "F5", mark("Settings")),
)


class NavTab(Static):
    """The current one stands in brackets: no meaning by colour alone."""

    def __init__(self, mode: str, key: str, name: str, current: bool) -> None:
        super().__init__(markup=False, classes="-current" if current else "")
        self._mode, self._key, self._label, self._is_current = mode, key, name, current

    def on_mount(self) -> None:
        name = f"[{tr(self._label)}]" if self._is_current else f" {tr(self._label)} "
        self.update(Content.assemble((self._key, "dim"), " ", name))

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(NavBar.Chosen(self._mode))


class NavBar(Horizontal):
    """`remark` stands at the right, where there is room: a download, a model that loads."""

    DEFAULT_CSS = """
    NavBar {
        dock: top;
        height: 1;
        background: $panel;
        NavTab { width: auto; padding: 0 1 0 0; color: $foreground-muted; }
        NavTab.-current { color: $accent; text-style: bold; }
        #remark { width: 1fr; text-align: right; padding: 0 1; text-wrap: nowrap; }
    }
    """

    remark: reactive[str] = reactive("")

    @dataclass
    class Chosen(Message):
        mode: str

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current_mode = current

    def compose(self) -> ComposeResult:
        for mode, key, name in PARTS:
            yield NavTab(mode, key, name, mode == self._current_mode)
        yield Static(id="remark", markup=False)

    def watch_remark(self, remark: str) -> None:
        if self.is_mounted:
            self.query_one("#remark", Static).update(Content(remark))

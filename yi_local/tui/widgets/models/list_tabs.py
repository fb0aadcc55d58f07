"""The line that says which of the lists of models is shown."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from yi_local.language import mark, tr

LISTS: tuple[tuple[str, str, str], ...] = (  # the list's id, its key, its name
    ("here", "1", mark("On this machine")),
    ("catalogue", "2", mark("Catalogue")),
    ("hub", "3", mark("Hub search")),
)


class ListTab(Static):
    """The current one stands in brackets: no meaning by colour alone."""

    def __init__(self, name: str, key: str, label: str) -> None:
        super().__init__(markup=False, id=f"tab-{name}")
        self.list_name, self._key, self._label = name, key, label

    def show(self, is_current: bool) -> None:
        self.set_class(is_current, "-current")
        text = f"[{tr(self._label)}]" if is_current else f" {tr(self._label)} "
        self.update(Content.assemble((self._key, "dim"), " ", text))

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(ListTabs.Chosen(self.list_name))


class ListTabs(Horizontal):
    DEFAULT_CSS = """
    ListTabs {
        height: 1;
        margin: 0 1;
        ListTab { width: auto; padding: 0 1 0 0; color: $foreground-muted; }
        ListTab.-current { color: $accent; text-style: bold; }
    }
    """

    current: reactive[str] = reactive("here")

    @dataclass
    class Chosen(Message):
        name: str

    def compose(self) -> ComposeResult:
        for name, key, label in LISTS:
            yield ListTab(name, key, label)

    def on_mount(self) -> None:
        self.watch_current(self.current)

    def watch_current(self, current: str) -> None:
        for tab in self.query(ListTab):
            tab.show(tab.list_name == current)

"""All actions with their keys, which can be changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, DataTable, Static

from yi_local.language import mark, tr
from yi_local.settings import Settings
from yi_local.text import clean
from yi_local.tui.key_names import key_names
from yi_local.tui.keys import ACTIONS
from yi_local.tui.own_keys import check_keys, keys_of
from yi_local.tui.widgets.settings.pane import Pane
from yi_local.tui.widgets.settings.plain_button import PlainButton

_PLACES = {
    "app": mark("everywhere"),
    "chat": mark("chat"),
    "message": mark("a message"),
    "list": mark("the conversations"),
    "models": mark("models"),
    "machine": mark("machine"),
    "settings": mark("settings"),
}


class KeyTable(DataTable[Any]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", mark("Change the key")),
        Binding("delete,backspace", "reset", mark("As it was")),
    ]

    @dataclass
    class ResetWanted(Message):
        action_id: str

    def action_reset(self) -> None:
        if self.row_count:
            key = self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value
            self.post_message(self.ResetWanted(str(key)))


class KeysPane(Pane):
    """Changed ones are marked by a star."""

    DEFAULT_CSS = """
    KeysPane {
        KeyTable { height: 1fr; min-height: 6; max-width: 100; }
        #key-problems { color: $warning; height: auto; }
    }
    """

    @dataclass
    class KeyWanted(Message):
        """Another key for an action shall be asked for."""

        action_id: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: Mapping[str, str] = {}

    def compose(self) -> ComposeResult:
        yield KeyTable(cursor_type="row", zebra_stripes=False)
        yield Static(id="key-problems", markup=False)
        yield Horizontal(
            PlainButton(tr("All keys as they were"), id="reset-keys"), classes="buttons"
        )

    def on_mount(self) -> None:
        table = self.query_one(KeyTable)
        table.add_column(tr("Action"), width=30, key="action")
        table.add_column(tr("Where"), width=16, key="where")
        table.add_column(tr("Key"), width=20, key="key")
        for action in ACTIONS:
            place = tr(_PLACES.get(action.place, action.place))
            table.add_row(Content(tr(action.description)), Content(place), "", key=action.id)

    def show(self, settings: Settings) -> None:
        self._keys = settings.keys
        table = self.query_one(KeyTable)
        for action in ACTIONS:
            shown = key_names(keys_of(action, settings.keys))
            star = " *" if action.id in settings.keys else ""
            table.update_cell(action.id, "key", Content(clean(shown + star)))
        self.query_one("#key-problems", Static).update(
            Content(clean("\n".join(check_keys(settings.keys))))
        )
        self.query_one("#reset-keys").disabled = not settings.keys

    @on(DataTable.RowSelected)
    def _chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.KeyWanted(str(event.row_key.value)))

    @on(KeyTable.ResetWanted)
    def _reset(self, event: KeyTable.ResetWanted) -> None:
        event.stop()
        if event.action_id in self._keys:
            kept = {name: keys for name, keys in self._keys.items() if name != event.action_id}
            self.ask(keys=kept)

    @on(Button.Pressed, "#reset-keys")
    def _reset_all(self, event: Button.Pressed) -> None:
        event.stop()
        self.ask(keys={})

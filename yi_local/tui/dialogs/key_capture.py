"""A key for an action: the next one that is pressed."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Static

from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.key_names import key_names
from yi_local.tui.keys import Action
from yi_local.tui.own_keys import check_keys, keys_of


class KeyCaptureDialog(Dialog[str]):
    """Returns the key as bindings spell it. One that cannot be had is told; another may follow.

    Escape closes. The app's own keys that come before all others keep their meaning even here:
    they could not be given to another action anyway.
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = "KeyCaptureDialog KeyBar { display: none; }"

    def __init__(self, action: Action, changed: Mapping[str, str]) -> None:
        super().__init__(tr(action.description))
        self._action, self._changed = action, changed

    def body(self) -> Iterable[Widget]:
        now = key_names(keys_of(self._action, self._changed))
        yield Static(Content(tr("Now: {keys}", keys=clean(now))))
        yield Static(Content(tr("Press the new key. Escape leaves it as it is.")), classes="remark")
        yield Static(classes="problem")

    def on_mount(self) -> None:
        self.set_focus(None)

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.action_close()
        else:
            self.take(event.key)

    def take(self, key: str) -> None:
        """Closes with the key, or says what stands against it."""
        wished = {**self._changed, self._action.id: key}
        before = set(check_keys(self._changed))
        problems = [each for each in check_keys(wished) if each not in before]
        if problems:
            self.query_one(".problem", Static).update(Content(clean("\n".join(problems))))
        else:
            self.dismiss(key)

    def confirm(self) -> None:
        self.take("enter")

"""What is kept of conversations, what leaves this computer, and where things lie."""

import os
from dataclasses import dataclass
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Button, Static

from yi_local import paths
from yi_local.hub.cache_folder import hugging_face_cache
from yi_local.language import tr
from yi_local.settings import Settings, settings_file
from yi_local.text import clean, padded, width_of
from yi_local.tui.widgets.settings.choice import Choice, yes_or_no
from yi_local.tui.widgets.settings.pane import Pane
from yi_local.tui.widgets.settings.plain_button import PlainButton


class PrivacyPane(Pane):
    """`offline_anyway`: by the command line or the environment, whatever is settled here."""

    @dataclass
    class DeletionWanted(Message):
        """Of all conversations; nothing has been asked yet."""

    def __init__(self, *, offline_anyway: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._offline_anyway = offline_anyway

    def compose(self) -> ComposeResult:
        yield Choice(tr("Keep conversations"), id="save-history")
        yield Static(
            tr("From the next start on. Without it they live in memory, and end with the app."),
            classes="remark",
            markup=False,
        )
        yield Choice(tr("Stay offline"), id="offline")
        yield Static(self._about_offline(), classes="remark", markup=False)
        yield PlainButton(tr("Delete all conversations"), id="delete-all")
        yield Static(tr("Where things lie"), classes="heading", markup=False)
        yield Static(_places(), id="places", markup=False)

    def show(self, settings: Settings) -> None:
        for widget_id, value in (
            ("save-history", settings.save_history),
            ("offline", settings.offline),
        ):
            choice = self.query_one(f"#{widget_id}", Choice)
            choice.offer(yes_or_no(), "yes" if value else "no")

    def _about_offline(self) -> str:
        if self._offline_anyway:
            return tr("This time it stays offline anyway: it was started so.")
        return tr(
            "Online, it asks model hubs for what you look at there. What you write leaves this "
            "computer only when you talk with a model on a server elsewhere."
        )

    @on(Choice.Moved, "#save-history")
    def _history(self, event: Choice.Moved) -> None:
        event.stop()
        self.ask(save_history=event.slider.value == "yes")

    @on(Choice.Moved, "#offline")
    def _offline(self, event: Choice.Moved) -> None:
        event.stop()
        self.ask(offline=event.slider.value == "yes")

    @on(Button.Pressed, "#delete-all")
    def _delete(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.DeletionWanted())


def _places() -> str:
    places: list[tuple[str, Path]] = [
        (tr("settings"), settings_file()),
        (tr("conversations"), paths.data_dir()),
        (tr("what can be found out again"), paths.cache_dir()),
        (tr("logs"), paths.log_dir()),
        (tr("downloaded models"), hugging_face_cache(os.environ)),
    ]
    widest = max(width_of(name) for name, _ in places)
    return "\n".join(f"{padded(name, widest)}  {clean(str(path))}" for name, path in places)

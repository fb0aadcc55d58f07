"""The palette: type what you want to do, or what you look for."""

from dataclasses import dataclass

from textual import on, work
from textual.message import Message

from yi_local.language import tr
from yi_local.tui.choices import as_picks, model_choices
from yi_local.tui.commands import MODEL, Command, command_picks, hit_picks
from yi_local.tui.dialogs.pick import PickDialog
from yi_local.tui.services import Services
from yi_local.tui.widgets.pick_list import Pick, PickList, matching

_MOST = 8  # messages, and models, beside the commands


class PaletteDialog(PickDialog):
    """Returns the id of an action, or what `commands.py` makes of messages and models.

    These are looked for in threads, so that nobody waits; what goes wrong there is told.
    """

    @dataclass
    class FoundMessages(Message):
        query: str
        picks: list[Pick]

    @dataclass
    class FoundModels(Message):
        picks: list[Pick]

    def __init__(self, services: Services, commands: tuple[Command, ...]) -> None:
        picks = command_picks(commands, services.settings.keys)
        super().__init__(tr("Commands"), picks, placeholder=tr("What would you like to do?"))
        self._services = services
        self._models: list[Pick] = []
        self._messages: list[Pick] = []

    def on_mount(self) -> None:
        self._look_for_models()

    @on(PickList.Searched)
    def _searched(self, event: PickList.Searched) -> None:
        self._messages = []
        self._show_more()
        if query := event.query.strip():
            self._look_for(query)

    @on(FoundMessages)
    def _found_messages(self, event: FoundMessages) -> None:
        if event.query == self._list.query_text.strip():
            self._messages = event.picks
            self._show_more()

    @on(FoundModels)
    def _found_models(self, event: FoundModels) -> None:
        self._models = event.picks
        self._show_more()

    def _show_more(self) -> None:
        query = self._list.query_text
        models = matching(self._models, query)[:_MOST] if query.strip() else []
        self._list.offer_more([*models, *self._messages])

    @work(thread=True, exclusive=True, exit_on_error=False, group="messages")
    def _look_for(self, query: str) -> None:
        hits = self._services.store.search(query, limit=_MOST)
        self.post_message(self.FoundMessages(query, list(hit_picks(hits))))

    @work(thread=True, exit_on_error=False, group="models")
    def _look_for_models(self) -> None:
        found = as_picks(model_choices(self._services), prefix=MODEL)
        self.post_message(self.FoundModels(found))

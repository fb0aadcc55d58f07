"""The Settings part of the app: every change is written at once, or told why it cannot be."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane

from yi_local.errors import YiLocalError
from yi_local.language import mark, tr, trn
from yi_local.settings import Preset
from yi_local.store.records import Conversation
from yi_local.tui.dialogs.confirm import ConfirmDialog
from yi_local.tui.dialogs.folder import FolderDialog
from yi_local.tui.dialogs.key_capture import KeyCaptureDialog
from yi_local.tui.dialogs.preset import PresetDialog
from yi_local.tui.dialogs.server import ServerDialog
from yi_local.tui.dialogs.typed import TypedDialog
from yi_local.tui.keys import ACTIONS
from yi_local.tui.messages import ConversationsGo, SettingsChanged
from yi_local.tui.screens.part import Part
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.machine.models_here import models_here
from yi_local.tui.widgets.settings.folders import FoldersPane
from yi_local.tui.widgets.settings.keys_pane import KeysPane
from yi_local.tui.widgets.settings.look import LookPane
from yi_local.tui.widgets.settings.model_presets import ModelWithPreset
from yi_local.tui.widgets.settings.pane import Change, Pane
from yi_local.tui.widgets.settings.presets_pane import PresetsPane, with_preset
from yi_local.tui.widgets.settings.privacy import PrivacyPane
from yi_local.tui.widgets.settings.servers import ServersPane

_TABS = {
    "presets": mark("Presets"),
    "look": mark("Look"),
    "keys": mark("Keys"),
    "folders": mark("Folders"),
    "servers": mark("Servers"),
    "privacy": mark("Privacy"),
}


class SettingsScreen(TellsTrouble, Part):
    MODE: ClassVar[str] = "settings"
    DEFAULT_CSS = """
    SettingsScreen {
        #settings { height: 1fr; }
        TabbedContent { height: 1fr; }
        TabPane { padding: 0; }
        ContentSwitcher { height: 1fr; }
    }
    """

    @dataclass
    class ModelsFound(Message):
        models: list[ModelWithPreset]

    def body(self) -> list[Widget]:
        offline = self.services.offline
        panes: dict[str, Pane] = {
            "presets": PresetsPane(id="presets-pane"),
            "look": LookPane(id="look-pane"),
            "keys": KeysPane(id="keys-pane"),
            "folders": FoldersPane(id="folders-pane"),
            "servers": ServersPane(id="servers-pane"),
            "privacy": PrivacyPane(offline_anyway=offline, id="privacy-pane"),
        }
        return [_Tabs(panes, id="settings")]

    def on_mount(self) -> None:
        self._show()
        self._find_models()

    def on_screen_resume(self) -> None:
        self._show()

    # -- changes

    @on(Change)
    async def _change(self, event: Change) -> None:
        """In order, off the event loop: a disk may be slow."""
        event.stop()
        try:
            await asyncio.to_thread(self.services.change, **event.fields)
        except YiLocalError as error:
            self.tell(error)
        else:
            self.post_message(SettingsChanged())
            if "model_folders" in event.fields:
                self._find_models()
        self._show()

    def _show(self) -> None:
        for pane in self.query(Pane):
            pane.show(self.services.settings)

    # -- presets

    @work(thread=True, exclusive=True, exit_on_error=False, group="models")
    def _find_models(self) -> None:
        found = models_here(self.services.catalogue)
        models = [ModelWithPreset(each.settings_name, each.title, each.known) for each in found]
        self.post_message(self.ModelsFound(models))

    @on(ModelsFound)
    def _offer_models(self, event: ModelsFound) -> None:
        self.query_one(PresetsPane).show_models(event.models)

    @on(PresetsPane.EditWanted)
    @work(exit_on_error=False)
    async def _edit_preset(self, event: PresetsPane.EditWanted) -> None:
        settings, old = self.services.settings, event.preset
        taken = {preset.name for preset in settings.presets if preset != old}
        new = await self.app.push_screen_wait(PresetDialog(old, taken))
        if new is not None and new != old:
            self.post_message(Change(with_preset(self.services.settings, old, new)))

    @on(PresetsPane.RemovalWanted)
    @work(exit_on_error=False)
    async def _remove_preset(self, event: PresetsPane.RemovalWanted) -> None:
        preset: Preset = event.preset
        question = tr("The preset {name} will be deleted.", name=preset.name)
        if await self.app.push_screen_wait(ConfirmDialog(question, tr("Delete"))):
            self.post_message(Change(with_preset(self.services.settings, preset, None)))

    # -- keys, folders, servers

    @on(KeysPane.KeyWanted)
    @work(exit_on_error=False)
    async def _new_key(self, event: KeysPane.KeyWanted) -> None:
        action = next(each for each in ACTIONS if each.id == event.action_id)
        changed = self.services.settings.keys
        key = await self.app.push_screen_wait(KeyCaptureDialog(action, changed))
        if key is not None:
            self.post_message(Change({"keys": {**changed, action.id: key}}))

    @on(FoldersPane.FolderWanted)
    @work(exit_on_error=False)
    async def _new_folder(self, event: FoldersPane.FolderWanted) -> None:
        known = self.services.settings.model_folders
        folder = await self.app.push_screen_wait(FolderDialog(known))
        if folder is not None:
            self.post_message(Change({"model_folders": (*known, folder)}))

    @on(ServersPane.ServerWanted)
    @work(exit_on_error=False)
    async def _new_server(self, event: ServersPane.ServerWanted) -> None:
        known = self.services.settings.servers
        url = await self.app.push_screen_wait(ServerDialog(known))
        if url is not None:
            self.post_message(Change({"servers": (*known, url)}))

    # -- privacy

    @on(PrivacyPane.DeletionWanted)
    @work(exit_on_error=False)
    async def _delete_all(self, event: PrivacyPane.DeletionWanted) -> None:
        found = await asyncio.to_thread(self._all_conversations)
        if not found:
            self.app.notify(tr("There are no conversations."), markup=False)
            return
        text = trn(
            "{n} conversation will be deleted for good; export what you want to keep first.",
            "{n} conversations will be deleted for good; export what you want to keep first.",
            len(found),
        )
        title = tr("Delete all conversations")
        if not await self.app.push_screen_wait(TypedDialog(title, text, tr("delete"))):
            return
        self.app.post_message(ConversationsGo(tuple(each.id for each in found)))
        await asyncio.to_thread(self._remove, found)
        said = trn("{n} conversation was deleted.", "{n} conversations were deleted.", len(found))
        self.app.notify(said, markup=False)

    def _all_conversations(self) -> list[Conversation]:
        found: list[Conversation] = []
        while page := self.services.store.conversations(
            before_s=found[-1].updated_s if found else None
        ):
            found += page
        return found

    def _remove(self, conversations: list[Conversation]) -> None:
        for conversation in conversations:
            self.services.store.remove(conversation.id)
        self.services.store.remove_empty()


class _Tabs(Container):
    """The open one stands in brackets: no meaning by colour alone."""

    def __init__(self, panes: dict[str, Pane], *, id: str) -> None:
        super().__init__(id=id)
        self._panes = panes

    def compose(self) -> ComposeResult:
        with TabbedContent(initial="presets"):
            for name, pane in self._panes.items():
                yield TabPane(tr(_TABS[name]), pane, id=name)

    @on(TabbedContent.TabActivated)
    def _mark(self, event: TabbedContent.TabActivated) -> None:
        for name in self._panes:
            text = tr(_TABS[name])
            is_open = event.pane.id == name
            event.tabbed_content.get_tab(name).label = Content(
                f"[{text}]" if is_open else f" {text} "
            )

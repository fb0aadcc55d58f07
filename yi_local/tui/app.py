"""The full-screen app: its parts, and what goes from one to another."""

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from yi_local.text import clean
from yi_local.tui import keys
from yi_local.tui.collecting import CollectsAtRest
from yi_local.tui.downloads import WatchesDownloads
from yi_local.tui.greeting import Greets
from yi_local.tui.key_names import key_name
from yi_local.tui.line_filters import gate
from yi_local.tui.messages import (
    ConversationsGo,
    OpenConversation,
    SettingsChanged,
    ShowModel,
    UseModel,
)
from yi_local.tui.own_keys import check_keys, usable
from yi_local.tui.screens.chat import ChatScreen
from yi_local.tui.screens.part import Part
from yi_local.tui.services import Services
from yi_local.tui.themes import OWN_THEMES, theme_name
from yi_local.tui.trouble import TellsTrouble, explained, in_words

if TYPE_CHECKING:
    from yi_local.tui.commands import Command

_MODES = ("chat", "models", "machine", "settings")
_SOON = (
    "yi_local.tui.choices",
    "yi_local.tui.commands",
    "yi_local.tui.dialogs.help",
    "yi_local.tui.dialogs.model",
    "yi_local.tui.dialogs.palette",
    "yi_local.tui.dialogs.system",
    "yi_local.tui.dialogs.attach",
    "yi_local.tui.dialogs.export",
    "yi_local.tui.dialogs.meter",
    "yi_local.tui.exporting",
    "yi_local.tui.screens.compare",
)
_NOWHERE = "nowhere"  # a mode for a moment
_READING_S = 20.0  # long enough to read two sentences
_SETTLED_S = 2.0  # by then a part that is shown for the first time stands


class YiApp(TellsTrouble, WatchesDownloads, Greets, CollectsAtRest):
    """Wiring only: each part is made when it is first shown, and keeps its state."""

    CSS_PATH = Path("app.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("app")]
    ENABLE_COMMAND_PALETTE = False  # ours is in the table of actions
    TITLE = "yi"

    def __init__(self, services: Services, notices: Sequence[str] = ()) -> None:
        """`notices`: what happened before it began, told as soon as there is something to see."""
        super().__init__()
        self.services = services
        self._notices = notices
        self._parts: dict[str, Part] = {}
        self._is_lost = False  # by an error that nobody foresaw; those that follow are not told
        for mode in _MODES:
            self.add_mode(mode, partial(self.part, mode))

    async def on_mount(self) -> None:
        for theme in OWN_THEMES:
            self.register_theme(theme)
        self._apply_settings()
        await self.switch_mode("chat")
        self._tell_notices()
        self.call_after_refresh(self._get_ready)

    def part(self, mode: str) -> Part:
        """Made at the first call."""
        if mode not in self._parts:
            part = _kind(mode)(self.services)
            if self._parts:  # the first comes before the theme is in force
                part.styled_since(self._css_update_count)
                self.set_timer(_SETTLED_S, self.leave_alone)
            self._parts[mode] = part
        return self._parts[mode]

    def made_parts(self) -> Iterable[Part]:
        return tuple(self._parts.values())

    async def made_anew(self) -> None:
        """For another language, while nothing has been done in any of them."""
        self.add_mode(_NOWHERE, Screen)
        await self.switch_mode(_NOWHERE)
        self._parts.clear()
        for mode in _MODES:
            await self.remove_mode(mode)
            self.add_mode(mode, partial(self.part, mode))
        await self.switch_mode("chat")
        await self.remove_mode(_NOWHERE)

    # -- actions

    async def action_chat(self) -> None:
        await self.switch_mode("chat")

    async def action_models(self) -> None:
        await self.switch_mode("models")

    async def action_machine(self) -> None:
        await self.switch_mode("machine")

    async def action_settings(self) -> None:
        await self.switch_mode("settings")

    def action_commands(self) -> None:
        from yi_local.tui.commands import commands_of
        from yi_local.tui.dialogs.palette import PaletteDialog

        commands = commands_of(self, self.screen)
        self.push_screen(PaletteDialog(self.services, commands), partial(self._obey, commands))

    def action_help(self) -> None:
        from yi_local.tui.dialogs.help import HelpDialog

        self.push_screen(HelpDialog(usable(self.services.settings.keys)))

    # -- from one part to another

    @on(UseModel)
    async def _use_model(self, message: UseModel) -> None:
        await self.switch_mode("chat")
        self._chat.use_model(message.name, message.wish)

    @on(OpenConversation)
    async def _open_conversation(self, message: OpenConversation) -> None:
        await self.switch_mode("chat")
        self._chat.open_conversation(message.conversation_id, message.node_id)

    @on(ShowModel)
    async def _show_model(self, message: ShowModel) -> None:
        await self.switch_mode("models")
        self.part("models").show(message.name)

    @on(ConversationsGo)
    def _forget(self, message: ConversationsGo) -> None:
        self._chat.forget(message.ids)

    @on(SettingsChanged)
    def _apply_settings(self) -> None:
        settings = self.services.settings
        self.theme = theme_name(settings.theme)
        self.set_keymap(usable(settings.keys))

    # -- inside

    def _tell_notices(self) -> None:
        for notice in (*self._notices, *check_keys(self.services.settings.keys)):
            self.notify(clean(notice), severity="warning", timeout=_READING_S, markup=False)

    async def _obey(self, commands: "tuple[Command, ...]", chosen: str | None) -> None:
        """What was chosen in the palette."""
        from yi_local.tui.commands import message_of

        message = message_of(chosen) if chosen is not None else None
        if message is not None:
            self.post_message(message)
        for command in commands:
            if command.action.id == chosen:
                await self.run_action(command.action.method, command.node)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return gate(super().get_line_filters())

    def get_key_display(self, binding: Binding) -> str:
        return key_name(binding.key)

    def _fatal_error(self) -> None:
        """Textual's last step for a bug in a handler: the app ends, with a sentence.

        It would print a traceback with the values of all variables; ours goes into the report.
        """
        error = sys.exc_info()[1]
        if error is not None and not self._is_lost:
            self._is_lost = True
            self.panic(Text(in_words(explained(error))))

    @property
    def _chat(self) -> ChatScreen:
        part = self.part("chat")
        assert isinstance(part, ChatScreen)
        return part

    @work(thread=True, exit_on_error=False, group="warm")
    def _get_ready(self) -> None:
        """So that nobody waits for the code of a part or a dialog when it is first shown."""
        for mode in _MODES:
            _kind(mode)
        for name in _SOON:
            import_module(name)
        self.leave_alone()


def _kind(mode: str) -> type[Part]:
    """Imported late: the chat shall be seen before what the others need is read."""
    match mode:
        case "models":
            from yi_local.tui.screens.models import ModelsScreen

            return ModelsScreen
        case "machine":
            from yi_local.tui.screens.machine import MachineScreen

            return MachineScreen
        case "settings":
            from yi_local.tui.screens.settings import SettingsScreen

            return SettingsScreen
        case _:
            return ChatScreen

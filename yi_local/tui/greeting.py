"""The welcome at the first start, as a part of the app."""

import asyncio
from dataclasses import dataclass

from textual import on, work
from textual.app import App
from textual.message import Message

from yi_local import language
from yi_local.errors import YiLocalError
from yi_local.text import clean
from yi_local.tui.messages import SettingsChanged, SpeakLanguage
from yi_local.tui.services import Services


class Greets(App[None]):
    """Over the chat, once; a language that is chosen there is spoken at once."""

    services: Services

    @dataclass
    class FirstStart(Message):
        """Nobody has talked here yet."""

    async def made_anew(self) -> None:
        """Every part, as if it had never been shown: it is the app's to say how."""
        raise NotImplementedError

    async def on_mount(self) -> None:
        """After the first paint: who has talked here before shall not wait for the welcome."""
        self.call_after_refresh(self._greet)

    @work(thread=True, exit_on_error=False, group="greeting")
    def _greet(self) -> None:
        from yi_local.assistant.welcome.first_look import is_first_start

        if is_first_start(self.services.store):
            import yi_local.tui.screens.welcome  # noqa: F401 - here, not in the event loop

            self.post_message(self.FirstStart())

    @on(FirstStart)
    async def _welcome(self) -> None:
        await self._push_welcome(language.wanted(self.services.settings.language))

    @on(SpeakLanguage)
    async def _speak(self, message: SpeakLanguage) -> None:
        try:
            await asyncio.to_thread(self.services.change, language=message.language)
        except YiLocalError as error:
            self.notify(clean(error.message), severity="error", markup=False)
            return
        spoken = language.use(message.language)
        await self.made_anew()
        self.post_message(SettingsChanged())
        await self._push_welcome(spoken)

    async def _push_welcome(self, spoken: str) -> None:
        from yi_local.tui.screens.welcome import WelcomeScreen  # nobody else pays for it

        await self.push_screen(WelcomeScreen(self.services, spoken))

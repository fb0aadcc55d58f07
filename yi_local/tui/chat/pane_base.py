"""The part of the chat that shows one conversation: what it is made of, how it shows it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.worker import get_current_worker

from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.session import Session
from yi_local.assistant.talk.window import Meter
from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.chat.feed import Feed
from yi_local.tui.chat.generation import Arrived, generate
from yi_local.tui.chat.reading import Reading
from yi_local.tui.chat.sessions import Make, events_of, session_of
from yi_local.tui.chat.talk import Running, Talk
from yi_local.tui.services import Services
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.prompt import Prompt, PromptBox
from yi_local.tui.widgets.status_line import StatusLine
from yi_local.tui.widgets.transcript.empty import Empty
from yi_local.tui.widgets.transcript.transcript import Transcript


class PaneBase(TellsTrouble, Vertical):
    """`talk` is what is shown; others go on talking while they are not."""

    @dataclass
    class Changed(Message):
        """A conversation has come, or has another title or another time."""

        conversation_id: int | None

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.talk = Talk()
        self.model: TalkModel | None = None
        self._showing = asyncio.Lock()  # one change of the transcript after the other

    def compose(self) -> ComposeResult:
        yield Empty()
        yield Transcript(lambda: self.services.settings.keys)
        yield PromptBox()
        yield StatusLine()

    @property
    def transcript(self) -> Transcript:
        return self.query_one(Transcript)

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def prompt_box(self) -> PromptBox:
        return self.query_one(PromptBox)

    @property
    def status(self) -> StatusLine:
        return self.query_one(StatusLine)

    # -- showing

    @work(exit_on_error=False, group="show")
    async def show_talk(self, node_id: int | None = None) -> None:
        """The whole of it, from its end or around a message."""
        talk = self.talk
        async with self._showing:
            if talk is self.talk:
                reading = await Reading.open(self.services.store, talk, node_id)
                self._swap_empty(bool(reading.ids))
                await self.transcript.show(reading, node_id)
                if node_id is not None and (turn := self.transcript.turn(node_id)):
                    turn.focus(scroll_visible=False)
        self.measure()

    @work(exit_on_error=False, group="show")
    async def renew(
        self, talk: Talk, *changed: int, follow: bool | None = None, focus: int | None = None
    ) -> None:
        """After its path has changed, or these messages; `follow` as in Transcript.renew."""
        async with self._showing:
            if talk is not self.talk:
                return
            reading = await Reading.open(self.services.store, talk)
            self._swap_empty(bool(reading.ids))
            await self.transcript.renew(reading, follow=follow)
            known = set(reading.ids)
            self.transcript.changed(
                [await reading.entry(node_id) for node_id in changed if node_id in known]
            )
            if focus is not None and (turn := self.transcript.turn(focus)):
                turn.focus(scroll_visible=False)

    def _swap_empty(self, has_messages: bool) -> None:
        self.transcript.display = has_messages
        self.query_one(Empty).display = not has_messages

    @work(thread=True, exclusive=True, exit_on_error=False, group="meter")
    def measure(self) -> None:
        """How full the context is: counts in a thread, shows when it is known."""
        worker = get_current_worker()
        talk, model, services = self.talk, self.model, self.services
        meter = None
        if talk.id is not None and model is not None:
            session = session_of(talk, model, services.store, services.settings, talking=False)
            meter = session.meter()
        if not worker.is_cancelled:  # by a newer one, which may have ended before
            self.app.call_from_thread(self._show_meter, talk, meter)

    def _show_meter(self, talk: Talk, meter: Meter | None) -> None:
        if talk is self.talk and self.is_mounted:
            self.status.meter = meter

    def show_activity(self) -> None:
        """Of the shown conversation's answer; the model's loading is told by whoever sees it."""
        running = self.talk.running
        self.status.activity = running.activity if running is not None else ""

    # -- talking

    def begin(self, make: Make, sent: str | None = None) -> None:
        """Starts an answer; says why not where it cannot be."""
        talk, model = self.talk, self.model
        if talk.running is not None:
            self.say(tr("An answer is on its way: stop it first (Esc)."))
        elif model is None:
            self.say(tr("Choose a model first (Ctrl+O)."))
        else:
            feed = Feed(lambda: self.post_message(Arrived(running)))
            running = Running(feed, sent=sent, activity=tr("Starting"))
            talk.running = running
            self.show_activity()
            store, settings = self.services.store, self.services.settings
            prepare = partial(session_of, talk, model, store, settings, talking=True)
            self._generate(talk, running, make, prepare)

    @work(thread=True, exit_on_error=False, group="talk")
    def _generate(
        self, talk: Talk, running: Running, make: Make, prepare: Callable[[], Session]
    ) -> None:
        generate(events_of(make, running, prepare), talk, running, self.post_message)

    def in_thread(self, action: Callable[[], object], then: Callable[[], object]) -> None:
        """For what the store takes a moment for; `then` only where nothing went wrong."""

        async def run() -> None:
            await asyncio.to_thread(action)
            then()

        self.run_worker(run(), exit_on_error=False, group="store")

    def say(self, text: str) -> None:
        self.app.notify(clean(text), markup=False)

"""The part of the chat that shows one conversation and talks in it."""

import time
from collections.abc import Sequence

from textual import on, work

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.talk.events import Asked, Begun, Kept, LeftOut
from yi_local.language import tr
from yi_local.planner.plan import Wish
from yi_local.store.records import Attachment
from yi_local.text import clean
from yi_local.tui.chat import model_in_use, words
from yi_local.tui.chat.generation import Arrived, Ended, Happened, Progressed
from yi_local.tui.chat.message_actions import MessageActions
from yi_local.tui.chat.talk import Draft, Running, Talk
from yi_local.tui.widgets.prompt import Prompt
from yi_local.tui.widgets.transcript.answer import Answer
from yi_local.tui.widgets.transcript.empty import Empty
from yi_local.types import LoadProgress, Remark

_SPEED_S = 0.5  # how often the speed of a running answer is told


class ChatPane(MessageActions):
    """What the screen asks of it, what the prompt asks of it, what an answer tells on its way."""

    DEFAULT_CSS = """
    ChatPane {
        width: 1fr;
        Empty, Transcript { height: 1fr; }
    }
    """

    def on_mount(self) -> None:
        self._talks: dict[int, Talk] = {}
        self._wanted_model = ""
        self._closing = False
        self.transcript.display = False
        self.greet()
        self.set_interval(_SPEED_S, self._show_speed)
        self.prompt.focus()

    def on_unmount(self) -> None:
        """No thread outlives the app: what came of an answer is kept."""
        self._closing = True
        for talk in {id(each): each for each in (*self._talks.values(), self.talk)}.values():
            if talk.running is not None:
                talk.running.stop()

    # -- what the screen asks

    def show_conversation(self, conversation_id: int | None, node_id: int | None = None) -> None:
        """None is a new one, which comes into being when something is said."""
        if conversation_id is None or conversation_id != self.talk.id:
            self._keep_draft()
            known = self._talks.get(conversation_id) if conversation_id is not None else None
            self.talk = known or Talk(id=conversation_id)
            if conversation_id is not None:
                self._talks[conversation_id] = self.talk
            self._take_draft()
        self.show_talk(node_id)
        self.show_activity()
        self.status.speed = ""

    def forget(self, conversation_id: int) -> None:
        """It is removed: what runs in it is stopped, and a new one shown where it was shown."""
        talk = self._talks.pop(conversation_id, None)
        if talk is not None and talk.running is not None:
            talk.running.stop()
        if conversation_id == self.talk.id:
            self.talk = Talk()
            self.show_conversation(None)

    def use_model(self, name: str, wish: Wish | None = None, *, force: bool = False) -> None:
        """From the next answer on; the one in use stays until it is planned for."""
        self._wanted_model = name
        self.status.activity = tr("Looking at the model")
        self.greet()
        self._use(name, wish, force)

    @property
    def has_model(self) -> bool:
        """In use, or on the way to be."""
        return bool(self._wanted_model)

    def stop(self) -> bool:
        """Whether there was something to stop or to give up."""
        if self.talk.draft.editing is not None:
            self.give_up_editing()
        elif self.talk.running is not None:
            self.talk.running.activity = tr("Stopping")
            self.talk.running.stop()
            self.show_activity()
        else:
            return False
        return True

    def attach(self, talk: Talk, files: Sequence[Attachment], costs: Sequence[str]) -> None:
        """They go with its next question, in the place of those that were chosen."""
        talk.draft.attachments, talk.draft.costs = tuple(files), tuple(costs)
        if talk is self.talk:
            self.prompt_box.attached(files, costs)

    def write_in_editor(self) -> None:
        if (new := self.external_edit(self.prompt.text)) is not None:
            self.prompt.put(new)

    # -- what the prompt asks

    @on(Prompt.Sent)
    def _send(self, event: Prompt.Sent) -> None:
        event.stop()
        draft, text = self.talk.draft, event.text
        if not text.strip() and not draft.attachments:
            return
        editing, attachments = draft.editing, draft.attachments
        if editing is None:
            self.begin(lambda session: session.send(text, attachments), sent=text)
        else:
            self.begin(lambda session: session.edit(editing, text, attachments or None), sent=text)

    @on(Prompt.Left)
    def _leave_prompt(self, event: Prompt.Left) -> None:
        event.stop()
        self.transcript.focus_last()

    @on(Prompt.Paged)
    def _page(self, event: Prompt.Paged) -> None:
        event.stop()
        rows = max(self.transcript.size.height - 2, 1)
        self.transcript.scroll_relative(y=event.pages * rows, animate=False)

    @on(Empty.Taken)
    def _take_example(self, event: Empty.Taken) -> None:
        event.stop()
        self.prompt.put(event.text)
        self.prompt.focus()

    # -- what an answer tells

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        running = event.running
        running.feed.arrived()
        if not running.stopping:
            running.activity = tr("Writing")
        if running is self.talk.running:
            self.show_activity()

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        running = event.running
        if running.stopping:
            return
        if isinstance(event.event, LoadProgress):
            running.activity = words.loading(event.event)
        else:
            running.activity = running.prefill.told(event.event, time.monotonic())
        if event.talk is self.talk:
            self.show_activity()
            turn = self.transcript.turn(running.node_id) if running.node_id else None
            if isinstance(turn, Answer):
                turn.progress(running.activity)

    @on(Happened)
    def _happened(self, event: Happened) -> None:
        talk, running = event.talk, event.running
        match event.event:
            case Asked(node):
                self._talks[node.conversation_id] = talk
                self._asked(talk, running)
                self.renew(talk, follow=True)
                self.post_message(self.Changed(talk.id))
            case LeftOut(nodes):
                running.left_out = tuple(node.id for node in nodes)
            case Begun(node):
                talk.unkept.pop(node.id, None)
                if running.session is not None and not running.stopping:
                    waiting = words.waiting(running.session.model)
                    running.activity = waiting or running.activity
                    self.show_activity()
                self.renew(talk, node.id, follow=True)
                self.measure()
            case Kept(node):
                running.kept = True
                usage = node.receipt.usage if node.receipt is not None else None
                if usage is not None and usage.decode_tps is not None:
                    self._tell_speed(talk, words.rate(usage.decode_tps))
            case Remark(text):
                self.say(tr("{sentence}.", sentence=text))
            case NextPlan(reason=reason):
                self.say(
                    tr("It did not fit, a smaller plan is tried: {reason}", reason=clean(reason))
                )

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        talk, running = event.talk, event.running
        running.feed.arrived()
        if talk.running is running:
            talk.running = None
        changed = [running.node_id] if running.node_id is not None else []
        if running.node_id is not None and not running.kept:
            talk.unkept[running.node_id] = running.feed.text
        self.renew(talk, *changed)
        if talk is self.talk:
            self.show_activity()
            self._show_model()
            self.measure()
        self.post_message(self.Changed(talk.id))

    def _asked(self, talk: Talk, running: Running) -> None:
        """The question is stored: only now it goes from the prompt."""
        shown = talk is self.talk
        rest = self.prompt.text if shown else talk.draft.text
        kept = talk.draft.before_editing if talk.draft.editing is not None else ""
        if rest == running.sent:
            rest = kept
        talk.draft = Draft(text=rest)
        if shown:
            self._take_draft()

    # -- what a model tells

    @work(thread=True, exit_on_error=False, group="model")
    def _use(self, name: str, wish: Wish | None, force: bool) -> None:
        store, models = self.services.store, self.services.models
        model_in_use.use(
            name, models, store, self.post_message, lambda: self._closing, wish=wish, force=force
        )

    @on(model_in_use.Opened)
    def _opened(self, event: model_in_use.Opened) -> None:
        if event.model.name == self._wanted_model:
            self.model = event.model
            self._show_model()

    @on(model_in_use.Loading)
    def _loading(self, event: model_in_use.Loading) -> None:
        if event.model is self.model and isinstance(event.event, LoadProgress):
            self.status.activity = words.loading(event.event)

    @on(model_in_use.Loaded)
    @on(model_in_use.NotOpened)
    def _loaded(self) -> None:
        self.show_activity()
        self._show_model()

    # -- inside

    def _show_model(self) -> None:
        if self.model is not None:
            self.status.model_name = self.model.title
            self.status.device = words.device(self.model)
        self.greet()

    def greet(self) -> None:
        """What an empty conversation says: by what is known of the model."""
        empty = self.query_one(Empty)
        if self.model is not None:
            empty.show(self.model.title, words.invitation(self.model))
        elif self._wanted_model:
            empty.show(tr("One moment"), tr("The model is being looked at. You can write already."))
        else:
            empty.show(tr("No model yet"), tr("Ctrl+O chooses one, F3 fetches one. Then ask:"))

    def _show_speed(self) -> None:
        running = self.talk.running
        if running is not None and running.began_s is not None:
            seconds = time.monotonic() - running.began_s
            if seconds > _SPEED_S:
                self._tell_speed(self.talk, words.rate(running.feed.n_pieces / seconds))

    def _tell_speed(self, talk: Talk, speed: str) -> None:
        if talk is self.talk:
            self.status.speed = speed

    def _keep_draft(self) -> None:
        self.talk.draft.text = self.prompt.text

    def _take_draft(self) -> None:
        draft = self.talk.draft
        self.prompt.put(draft.text)
        self.prompt_box.attached(draft.attachments, draft.costs)
        self.note_editing()

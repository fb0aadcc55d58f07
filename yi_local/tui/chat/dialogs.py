"""What the chat asks in dialogs, and what it does with the answers.

Most dialogs are imported when they are asked for: the chat is seen before.
"""

import asyncio
from dataclasses import asdict

from textual import on, work

from yi_local.assistant.talk.advice import sampling_for
from yi_local.assistant.talk.counting import Counter
from yi_local.language import tr
from yi_local.store.records import Conversation
from yi_local.text import clean
from yi_local.tui.chat import words
from yi_local.tui.chat.pane import ChatPane
from yi_local.tui.chat.sessions import session_of
from yi_local.tui.dialogs.confirm import ConfirmDialog
from yi_local.tui.dialogs.text import TextDialog
from yi_local.tui.screens.part import Part
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.conversation_list import ConversationList
from yi_local.tui.widgets.status_line import StatusLine


class ChatDialogs(TellsTrouble, Part):
    """A dialog's worker ends when its screen does; only one is open at a time."""

    @property
    def pane(self) -> ChatPane:
        return self.query_one(ChatPane)

    def list_conversations(self) -> None:
        raise NotImplementedError

    # -- keys

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_model(self) -> None:
        from yi_local.tui.choices import model_choices
        from yi_local.tui.dialogs.model import ModelDialog

        choices = await asyncio.to_thread(model_choices, self.services)
        services = self.services
        dialog = ModelDialog(choices, services.servers, services.models.access)
        name = await self.app.push_screen_wait(dialog)
        if name is not None:
            self.pane.use_model(name)

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_system(self) -> None:
        """Of the shown conversation, which comes into being for it."""
        from yi_local.tui.dialogs.system import SystemDialog

        model, pane, services = self.pane.model, self.pane, self.services
        if model is None:
            pane.say(tr("Choose a model first (Ctrl+O)."))
            return
        talk = pane.talk
        session = await asyncio.to_thread(
            session_of, talk, model, services.store, services.settings, talking=True
        )
        conversation = await asyncio.to_thread(lambda: session.conversation)
        known = model.known if model.where is None else None  # elsewhere, the server's own holds
        choice = await self.app.push_screen_wait(
            SystemDialog(
                conversation,
                services.settings.presets,
                asdict(sampling_for(known, {})) if model.where is None else {},
                known.system_prompt if known is not None else None,
            )
        )
        if choice is not None:
            await asyncio.to_thread(
                services.store.update,
                conversation.id,
                system=choice.system,
                sampling=dict(choice.sampling),
                preset=choice.preset,
            )
            pane.say(tr("From the next answer on."))
            pane.measure()

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_attach(self) -> None:
        """Goes with the next question; what it costs is counted by the model in use."""
        from yi_local.tui.dialogs.attach import AttachDialog

        model, pane = self.pane.model, self.pane
        if model is None:
            pane.say(tr("Choose a model first (Ctrl+O)."))
            return
        talk, counter = pane.talk, Counter(lambda: model.engine)
        files = await self.app.push_screen_wait(AttachDialog(counter.count, talk.draft.attachments))
        if files is not None:
            counts = await asyncio.to_thread(lambda: [counter.count(each.text) for each in files])
            pane.attach(talk, files, [words.cost(*count) for count in counts])

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_compare(self) -> None:
        """The question that is being written is asked twice, in this conversation."""
        from yi_local.tui.screens.compare import CompareScreen

        pane = self.pane
        if pane.talk.running is not None:
            pane.say(tr("An answer is on its way: stop it first (Esc)."))
            return
        name = pane.model.name if pane.model is not None else ""
        talked_in = await self.app.push_screen_wait(
            CompareScreen(
                self.services, pane.talk.id, name, pane.prompt.text, pane.talk.draft.attachments
            )
        )
        if talked_in is not None:
            pane.prompt.put("")
            pane.attach(pane.talk, (), ())
            pane.show_conversation(talked_in)
            self.list_conversations()

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_export(self) -> None:
        from yi_local.tui.dialogs.export import ExportDialog
        from yi_local.tui.exporting import export

        if (conversation_id := self._shown()) is None:
            return
        conversation = await self._conversation(conversation_id)
        choice = await self.app.push_screen_wait(ExportDialog(conversation.title))
        if choice is not None:
            await asyncio.to_thread(
                export, self.services.store, conversation_id, choice.path, choice.format
            )
            self.pane.say(clean(tr("The conversation is in {path}", path=choice.path)))

    def action_rename(self) -> None:
        if (conversation_id := self._shown()) is not None:
            self._rename(conversation_id)

    def action_delete(self) -> None:
        if (conversation_id := self._shown()) is not None:
            self._delete(conversation_id)

    # -- what the list and the status line wish

    @on(ConversationList.Renamed)
    def _renamed(self, event: ConversationList.Renamed) -> None:
        self._rename(event.conversation_id)

    @on(ConversationList.Deleted)
    def _deleted(self, event: ConversationList.Deleted) -> None:
        self._delete(event.conversation_id)

    @on(StatusLine.MeterWanted)
    def _show_meter(self) -> None:
        from yi_local.tui.dialogs.meter import MeterDialog

        if (meter := self.pane.status.meter) is not None:
            self.app.push_screen(MeterDialog(meter))

    # -- inside

    def _shown(self) -> int | None:
        """The conversation on screen; a notice where nothing was said in it yet."""
        if self.pane.talk.id is None:
            self.pane.say(tr("There is no conversation yet: say something first."))
        return self.pane.talk.id

    async def _conversation(self, conversation_id: int) -> Conversation:
        return await asyncio.to_thread(self.services.store.conversation, conversation_id)

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def _rename(self, conversation_id: int) -> None:
        conversation = await self._conversation(conversation_id)
        title = await self.app.push_screen_wait(
            TextDialog(tr("Title of the conversation"), conversation.title)
        )
        if title:
            await asyncio.to_thread(
                self.services.store.update, conversation_id, title=title, titled=True
            )
            self.list_conversations()

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def _delete(self, conversation_id: int) -> None:
        conversation = await self._conversation(conversation_id)
        question = tr(
            'Delete "{title}" with all its messages? It cannot be brought back.',
            title=conversation.title or tr("Untitled"),
        )
        if await self.app.push_screen_wait(ConfirmDialog(question, tr("Delete"))):
            self.pane.forget(conversation_id)
            await asyncio.to_thread(self.services.store.remove, conversation_id)
            self.list_conversations()

"""The Chat part of the app: the list of conversations, and the one that is talked in."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Resize, ScreenResume
from textual.widget import Widget

from yi_local.planner.plan import Wish
from yi_local.tui import keys
from yi_local.tui.chat.dialogs import ChatDialogs
from yi_local.tui.chat.model_in_use import first_model
from yi_local.tui.chat.pane import ChatPane
from yi_local.tui.services import Services
from yi_local.tui.widgets.conversation_list import ConversationList

_WIDE = 100  # columns: from there on the list has a place of its own
_FORGOTTEN_S = 86_400.0  # an empty conversation may be another app's that is open now
_STEP = 100  # conversations that are read at once


class ChatScreen(ChatDialogs):
    MODE: ClassVar[str] = "chat"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("chat")]
    DEFAULT_CSS = """
    ChatScreen {
        ConversationList { width: 32; display: none; }
        &.-listed ConversationList { display: block; }
        &.-narrow.-listed ConversationList { width: 1fr; }
        &.-narrow.-listed ChatPane { display: none; }
    }
    """

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._most = _STEP
        self._listed: bool | None = None  # as a person wants it; None: by the width

    def body(self) -> list[Widget]:
        return [Horizontal(ConversationList(), ChatPane(self.services))]

    def on_mount(self) -> None:
        self._begin()

    @on(ScreenResume)
    def _back(self) -> None:
        if self.is_mounted:
            self.pane.transcript.look()
            self.pane.transcript.tell_keys()

    @on(Resize)
    def _fit(self) -> None:
        narrow = self.size.width < _WIDE
        self.set_class(narrow, "-narrow")
        self.set_class(not narrow if self._listed is None else self._listed, "-listed")

    # -- what the app asks

    def use_model(self, name: str, wish: Wish | None = None) -> None:
        """Talks with another model from the next answer on; `wish`: how it shall be loaded."""
        self.pane.use_model(name, wish)

    def open_conversation(self, conversation_id: int, node_id: int | None = None) -> None:
        """Shows it, scrolled to a message where one is named."""
        self.pane.show_conversation(conversation_id, node_id)
        self._unlist()
        self.list_conversations()

    def forget(self, conversation_ids: Sequence[int]) -> None:
        """They are gone, or will be in a moment."""
        for conversation_id in conversation_ids:
            self.pane.forget(conversation_id)
        self.list_conversations()

    # -- keys

    def action_stop(self) -> None:
        """What runs is stopped; else the prompt gets the focus."""
        if not self.pane.stop():
            self._unlist()
            self.pane.prompt.focus()

    def action_new(self) -> None:
        self.pane.show_conversation(None)
        self._unlist()
        self.pane.prompt.focus()
        self.list_conversations()

    def action_search(self) -> None:
        self._list(True)
        self.conversation_list.focus_search()

    def action_sidebar(self) -> None:
        shown = not self.has_class("-listed")
        self._list(shown)
        if shown:
            self.conversation_list.focus_list()

    def action_retry(self) -> None:
        self.pane.retry()

    def action_go_on(self) -> None:
        self.pane.go_on()

    def action_copy_answer(self) -> None:
        self.pane.copy_last_answer()

    def action_editor(self) -> None:
        self.pane.write_in_editor()

    # -- the list

    @property
    def conversation_list(self) -> ConversationList:
        return self.query_one(ConversationList)

    @on(ConversationList.Left)
    def _left(self) -> None:
        self._unlist()
        self.pane.prompt.focus()

    @on(ConversationList.MoreWanted)
    def _more(self) -> None:
        self._most += _STEP
        self.list_conversations()

    @on(ChatPane.Changed)
    def _changed(self) -> None:
        self.list_conversations()

    @on(ConversationList.Chosen)
    def _chosen(self, event: ConversationList.Chosen) -> None:
        self.open_conversation(event.conversation_id, event.node_id)
        if event.node_id is None:
            self.pane.prompt.focus()

    @work(exclusive=True, exit_on_error=False, group="search")
    async def _search(self, query: str) -> None:
        hits = await asyncio.to_thread(self.services.store.search, query)
        self.conversation_list.show_hits(hits)

    @on(ConversationList.Searched)
    def _searched(self, event: ConversationList.Searched) -> None:
        if event.query.strip():
            self._search(event.query)
        else:
            self.list_conversations()

    def list_conversations(self) -> None:
        self._read_list()

    @work(exclusive=True, exit_on_error=False, group="list")
    async def _read_list(self) -> None:
        known = await asyncio.to_thread(self.services.store.conversations, limit=self._most)
        await self.conversation_list.prepare(known, self.pane.talk.id)
        self.conversation_list.show(known, self.pane.talk.id)

    # -- inside

    @work(exit_on_error=False, group="begin")
    async def _begin(self) -> None:
        """After the first paint: the list, and the model that was talked with last."""
        self.list_conversations()
        store = self.services.store
        await asyncio.to_thread(store.remove_empty, older_than_s=_FORGOTTEN_S)
        name = await asyncio.to_thread(first_model, store)
        if name is not None and not self.pane.has_model:
            self.pane.use_model(name)
        else:
            self.pane.greet()

    def _list(self, shown: bool) -> None:
        self._listed = shown
        self._fit()
        if not shown:
            self.pane.prompt.focus()

    def _unlist(self) -> None:
        """On a narrow screen the list stands where the conversation does."""
        if self.has_class("-narrow"):
            self._listed = None
            self._fit()

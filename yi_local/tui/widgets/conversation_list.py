"""The conversations, newest first, and what is found in them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from yi_local.language import tr
from yi_local.store.records import Conversation, Hit
from yi_local.tui.widgets.conversation_entry import (
    conversation_entry,
    day_entry,
    day_of,
    hit_entry,
    prepare,
)
from yi_local.tui.widgets.entries import Entries

_DEBOUNCE_S = 0.15
_MANY = 200  # conversations: with more, the event loop would wait for their entries


class ConversationList(Vertical):
    """Shows what it is given, and says what is wished; it knows no store."""

    DEFAULT_CSS = """
    ConversationList {
        width: 32; height: 1fr;
        background: $surface;
        Input { padding: 0 1; margin: 0 0 1 0; background: $panel; }
        Entries {
            height: 1fr; border: none; padding: 0; background: $surface;
            scrollbar-size-vertical: 1; scrollbar-gutter: stable;
            scrollbar-background: $surface; scrollbar-background-hover: $surface;
            scrollbar-background-active: $surface;
            &:focus { border: none; }
            & > .option-list--option { padding: 0 1; }
        }
        .nothing { color: $foreground-muted; padding: 0 1; display: none; height: 1fr; }
        &.-empty .nothing { display: block; }
        &.-empty Entries { display: none; }
    }
    """

    @dataclass
    class Chosen(Message):
        conversation_id: int
        node_id: int | None

    @dataclass
    class Searched(Message):
        """An empty query: back to the list."""

        query: str

    @dataclass
    class Deleted(Message):
        """It is wished that it be deleted; nothing has happened yet."""

        conversation_id: int

    @dataclass
    class Renamed(Message):
        """It is wished that it be renamed; nothing has happened yet."""

        conversation_id: int

    @dataclass
    class MoreWanted(Message):
        """The end has been reached; `show` with more of them carries on."""

    @dataclass
    class Left(Message):
        """Escape: back to the prompt."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._conversations: Sequence[Conversation] = ()
        self._current: int | None = None
        self._hits: Sequence[Hit] | None = None  # None: the list is shown
        self._today = date.today()
        self._asked_for_more = 0  # how many there were when more was wanted
        self._timer: Timer | None = None
        self._width = 0

    def compose(self) -> ComposeResult:
        yield Input(placeholder=tr("Search conversations"), select_on_focus=False, compact=True)
        yield Entries()
        yield Static(classes="nothing", markup=False)

    # -- what the owner calls

    async def prepare(self, conversations: Sequence[Conversation], current: int | None) -> None:
        """In a thread what takes `show` longest."""
        await asyncio.to_thread(prepare, conversations, current, self._entry_width)

    def show(self, conversations: Sequence[Conversation], current: int | None) -> None:
        """The list; more of the same are added at the end, so that paging costs what is new."""
        known = self._conversations
        grows = (
            self._hits is None
            and self._entries.option_count > 0
            and len(known) > 0
            and current == self._current
            and self._today == date.today()
            and tuple(conversations[: len(known)]) == tuple(known)
        )
        self._conversations, self._current, self._hits = conversations, current, None
        self._today = date.today()
        if grows:
            last = day_of(known[-1].updated_s)
            more = self._listed(conversations[len(known) :], last, self._entry_width)
            self._entries.add_options(more)
        else:
            self._fill()

    def show_hits(self, hits: Sequence[Hit]) -> None:
        self._hits = hits
        self._fill()

    def focus_search(self) -> None:
        self.query_one(Input).focus()

    def focus_list(self) -> None:
        self._entries.focus()

    # -- inside

    @property
    def _entries(self) -> Entries:
        return self.query_one(Entries)

    @property
    def _entry_width(self) -> int:
        """Of an option's text: within padding and the scrollbar."""
        return max(self.content_size.width - 3, 8)

    def _fill(self) -> None:
        """Where it is not on the screen, `on_resize` does it when it comes to be."""
        if not self.is_mounted or not self.content_size.width:
            self._width = 0
            return
        entries = self._entries
        option = entries.highlighted_option
        highlighted = option.id if option is not None else None
        if self._hits is not None:
            options = [
                Option(hit_entry(hit, self._entry_width), id=f"hit-{number}")
                for number, hit in enumerate(self._hits)
            ]
        else:
            options = list(self._listed(self._conversations, None, self._entry_width))
        self._asked_for_more = 0
        entries.set_options(options)
        self.set_class(not options, "-empty")
        text = tr("No conversations yet.") if self._hits is None else tr("Nothing was found.")
        self.query_one(".nothing", Static).update(Content(text))
        self._highlight(options, highlighted)

    def _highlight(self, options: Sequence[Option], before: str | None) -> None:
        """The one from before, else the current one; the first where somebody is about to move."""
        ids = [option.id for option in options]
        current = f"conversation-{self._current}"
        if self._hits is None and not self._entries.has_focus and current in ids:
            before = current
        if before in ids and before is not None:
            self._entries.highlighted = ids.index(before)
        elif self._entries.has_focus:
            self._entries.action_first()
        else:
            self._entries.highlighted = None

    def _listed(
        self, conversations: Sequence[Conversation], day: date | None, width: int
    ) -> Iterator[Option]:
        """Each under its day; `day` is that of what stands above already."""
        for conversation in conversations:
            if (its_day := day_of(conversation.updated_s)) != day:
                day = its_day
                yield Option(day_entry(day, self._today), disabled=True)
            is_current = conversation.id == self._current
            entry = conversation_entry(conversation, width, is_current=is_current)
            yield Option(entry, id=f"conversation-{conversation.id}")

    def _conversation_of(self, option: Option | None) -> tuple[int, int | None] | None:
        """(conversation, message) of an entry."""
        kind, _, number = (option.id or "").partition("-") if option is not None else ("", "", "")
        if kind == "hit" and self._hits is not None:
            hit = self._hits[int(number)]
            return hit.conversation.id, hit.node_id
        return (int(number), None) if kind == "conversation" else None

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        chosen = self._conversation_of(event.option)
        if chosen is not None:
            self.post_message(self.Chosen(*chosen))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        count = len(self._conversations)
        at_end = event.option_index == event.option_list.option_count - 1
        if at_end and self._hits is None and self._asked_for_more != count:
            self._asked_for_more = count
            self.post_message(self.MoreWanted())

    @on(Entries.Asked)
    def _asked(self, event: Entries.Asked) -> None:
        event.stop()
        chosen = self._conversation_of(self._entries.highlighted_option)
        if event.what == "leave":
            self.post_message(self.Left())
        elif chosen is not None:
            kind = self.Renamed if event.what == "rename" else self.Deleted
            self.post_message(kind(chosen[0]))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_DEBOUNCE_S, self._search)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """What was found first."""
        event.stop()
        if self._timer is not None:
            self._timer.stop()
            self._search()
        self._entries.focus()

    def _search(self) -> None:
        self._timer = None
        self.post_message(self.Searched(self.query_one(Input).value.strip()))

    def key_down(self) -> None:
        self._entries.focus()

    def key_escape(self) -> None:
        """First the search goes, then the focus."""
        search = self.query_one(Input)
        if search.value:
            search.value = ""
        else:
            self.post_message(self.Left())

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._width:
            self._width = event.size.width
            if len(self._conversations) > _MANY:
                self._fit()
            else:
                self._fill()

    @work(exclusive=True, exit_on_error=False, group="fit")
    async def _fit(self) -> None:
        await self.prepare(self._conversations, self._current)
        self._fill()

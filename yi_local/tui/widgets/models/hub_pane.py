"""Repositories with GGUF files, searched on the Hub."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from yi_local.errors import YiLocalError
from yi_local.hub.repo import Found
from yi_local.language import mark, tr, trn
from yi_local.text import clean
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.models.catalogue_pane import parameters
from yi_local.tui.widgets.models.list_pane import ListPane
from yi_local.tui.widgets.models.row_table import Head, Row, RowTable

_PAUSE_S = 0.6  # after the last letter: who types is not asked about half a word
_HEADS = (
    Head(mark("repository"), grows=True, least=20),
    Head(mark("size"), to_right=True, goes=2),
    Head(mark("downloads"), to_right=True, goes=1),
    Head(mark("updated"), goes=3),
    Head("", goes=4),
)

Search = Callable[[str], Sequence[Found]]


class HubTable(RowTable):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", mark("Its quants"))]


class HubPane(TellsTrouble, ListPane):
    DEFAULT_CSS = """
    HubPane {
        Input { padding: 0 1; background: $surface; }
        Input:focus { background: $panel; }
        #hub-told { height: auto; padding: 0 1; color: $foreground-muted; }
    }
    """

    @dataclass
    class Answered(Message):
        words: str
        found: Sequence[Found]
        trouble: YiLocalError | None

    def __init__(self, search: Search) -> None:
        """`search` blocks."""
        super().__init__(id="hub")
        self._search = search
        self._asked = ""
        self._is_asking = False
        self._found: dict[str, Found] = {}

    def compose(self) -> ComposeResult:
        yield Input(
            placeholder=tr("Search the Hub: yi coder, qwen3 8b, ..."), id="hub-words", compact=True
        )
        yield HubTable(_HEADS, id="hub-table")
        yield Static(id="hub-told", markup=False)

    def on_mount(self) -> None:
        self._tell(tr("Type some words; it is searched when you stop typing."))
        self._timer = self.set_timer(_PAUSE_S, self._ask, pause=True)

    @property
    def words(self) -> Input:
        return self.query_one("#hub-words", Input)

    @property
    def current(self) -> Found | None:
        return self._found.get(self.table.current_key or "")

    def ask(self, words: str) -> None:
        """As if they had been typed."""
        self.words.value = words
        self._ask()

    def stop(self) -> None:
        """What is being asked will not be shown."""
        self._timer.stop()
        if self._is_asking:
            self._is_asking = False
            self._asked = ""
            self.workers.cancel_group(self, "search")
            self._tell(tr("Stopped."))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, self._ask)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._ask()
        if self._found:
            self.table.focus()

    def _ask(self) -> None:
        self._timer.stop()
        words = self.words.value.strip()
        if words == self._asked:
            return
        self.stop()
        self._asked = words
        if words:
            self._is_asking = True
            self._tell(tr("Searching ..."))
            self._ask_hub(words)

    @work(thread=True, exclusive=True, exit_on_error=False, group="search")
    def _ask_hub(self, words: str) -> None:
        worker = get_current_worker()
        found: Sequence[Found] = ()
        trouble = None
        try:
            found = self._search(words)
        except YiLocalError as error:
            trouble = error
        if not worker.is_cancelled:
            self.post_message(self.Answered(words, found, trouble))

    @on(Answered)
    def _answered(self, event: Answered) -> None:
        event.stop()
        if event.words != self._asked:
            return
        self._is_asking = False
        self._found = {one.repo_id: one for one in event.found}
        self.table.fill([_row(one) for one in event.found])
        if event.trouble is not None:
            self._asked = ""  # the same words may be asked again
            self._tell(f"{event.trouble.message} {event.trouble.hint or ''}")
        elif not event.found:
            self._tell(tr('Nothing is found for "{words}".', words=event.words))
        else:
            n = len(event.found)
            self._tell(trn("{n} repository", "{n} repositories, most downloaded first", n))

    def _tell(self, text: str) -> None:
        self.query_one("#hub-told", Static).update(Content(clean(text)))


def _row(one: Found) -> Row:
    downloads = tr("unknown") if one.downloads is None else f"{one.downloads:,}"
    cells = (
        one.repo_id,
        parameters(one.n_params),
        downloads,
        one.updated or "",
        tr("gated") if one.gated else "",
    )
    return Row(one.repo_id, cells)

"""The models on this machine, from every store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from yi_local.assistant.models.freshness import Freshness
from yi_local.assistant.models.place_words import bare_name, in_order, remark_on, size_of, stores_of
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.language import mark, tr, trn
from yi_local.text import clean, human_bytes
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.models.list_pane import ListPane
from yi_local.tui.widgets.models.row_table import Head, Row, RowTable

_HEADS = (
    Head(mark("name"), grows=True, least=16),
    Head(mark("quant"), goes=1),
    Head(mark("size"), to_right=True),
    Head(mark("where"), goes=2, widest=20),
    Head(mark("note"), widest=18),
)
_STATES = {"changed": mark("newer on the Hub"), "gone": mark("gone from the Hub")}


class HereTable(RowTable):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", mark("Chat with it"))
    ]


class HerePane(TellsTrouble, ListPane):
    """Reads the library in a thread, when it is mounted and when it is told to."""

    DEFAULT_CSS = """
    HerePane #here-told { height: auto; padding: 0 1; color: $foreground-muted; }
    """

    @dataclass
    class Read(Message):
        """The library has been read anew."""

        known: Library

    def __init__(self, read: Callable[[], Library]) -> None:
        super().__init__(id="here")
        self._read = read
        self.known = Library((), ())
        self._entries: dict[str, LibraryEntry] = {}
        self._freshness: Mapping[str, Freshness] = {}
        self._wanted = ""  # to be under the cursor once it is found

    def compose(self) -> ComposeResult:
        yield HereTable(_HEADS, id="here-table")
        yield Static(id="here-told", markup=False)

    def on_mount(self) -> None:
        self._tell(tr("Looking through the folders of this machine ..."))
        self.reload()

    def reload(self) -> None:
        self._look()

    def show_freshness(self, found: Mapping[str, Freshness]) -> None:
        """By the entries' paths."""
        self._freshness = found
        self._fill()

    @property
    def current(self) -> LibraryEntry | None:
        return self._entries.get(self.table.current_key or "")

    def go_to(self, name: str) -> None:
        """A path or a name, now or when it has been found."""
        for path, entry in self._entries.items():
            if name in (path, *entry.names):
                self._wanted = ""
                self.table.go_to(path)
                return
        self._wanted = name

    @work(thread=True, exclusive=True, exit_on_error=False, group="library")
    def _look(self) -> None:
        known = self._read()
        if not get_current_worker().is_cancelled:
            self.post_message(self.Read(known))

    @on(Read)
    def _was_read(self, event: Read) -> None:
        self.known = event.known
        self._entries = {str(entry.path): entry for entry in in_order(event.known)}
        self._fill()

    # -- inside

    def _fill(self) -> None:
        self.table.fill([self._row(key, entry) for key, entry in self._entries.items()])
        self._tell(self._summary())
        if self._wanted:
            self.go_to(self._wanted)
        self.post_message(self.Selected(self))  # the same row may be another entry now

    def _row(self, key: str, entry: LibraryEntry) -> Row:
        fresh = self._freshness.get(key)
        note = remark_on(entry)
        if fresh is not None and fresh.state in _STATES:
            note = tr(_STATES[fresh.state])
        quant = "" if entry.trouble is not None else entry.quant or tr("unknown")
        cells = (bare_name(entry), quant, size_of(entry), stores_of(entry), note)
        return Row(key, cells, "dim" if entry.trouble is not None else "")

    def _summary(self) -> str:
        if not self._entries:
            lines = [tr("No model is here yet: the catalogue has some (2), the Hub has more (3).")]
        else:
            whole = [entry for entry in self._entries.values() if entry.trouble is None]
            size = human_bytes(sum(entry.size_bytes or 0 for entry in whole))
            lines = [trn("{n} model, {size}", "{n} models, {size}", len(whole), size=size)]
            if any(entry.may_equal for entry in whole):
                lines.append(tr("maybe twice: v reads the file, and then the list knows."))
        skipped = self.known.skipped
        if skipped:
            lines.append(
                trn(
                    "{n} folder could not be looked at: {path}: {why}",
                    "{n} folders could not be looked at; the first: {path}: {why}",
                    len(skipped),
                    path=skipped[0].path,
                    why=skipped[0].why,
                )
            )
        return "\n".join(lines)

    def _tell(self, text: str) -> None:
        self.query_one("#here-told", Static).update(Content(clean(text)))

"""What a repository offers: its quants in a table, filled in as their headers are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from yi_local.assistant.downloads.item import Item
from yi_local.assistant.downloads.words import percent, state_words
from yi_local.assistant.planning.plan_words import need, pace, settings, verdict
from yi_local.hub.library.library import LibraryEntry
from yi_local.hub.repo import ModelGroup
from yi_local.language import mark, tr
from yi_local.planner.plan import Plan
from yi_local.text import clean, human_bytes, one_line
from yi_local.tui.models.offers import OfferState, path_of
from yi_local.tui.widgets.models.facts import Facts, Line
from yi_local.tui.widgets.models.row_table import Head, Row, RowTable

_BEST = ">"
_HEADS = (
    Head(""),
    Head(mark("quant"), widest=18),
    Head(mark("size"), to_right=True),
    Head(mark("verdict"), grows=True, least=16),
    Head(mark("speed"), to_right=True, goes=1),
    Head(mark("RAM"), to_right=True, goes=2),
    Head("GPU", to_right=True, goes=3),
    Head(mark("context"), to_right=True, goes=4),
    Head(mark("on disk")),
)


@dataclass(frozen=True, slots=True)
class Around:
    """What is here of an offer, and what is on its way: by the paths of its groups."""

    entries: Mapping[str, LibraryEntry]
    items: Mapping[str, Item]


NOTHING_HERE = Around({}, {})


class QuantTable(RowTable):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", mark("Chat or download"))
    ]


class OfferPane(Vertical):
    DEFAULT_CSS = """
    OfferPane {
        #offer-title { height: auto; padding: 0 1; text-style: bold; }
        #offer-about { height: auto; max-height: 3; padding: 0 1; color: $foreground-muted; }
        #quants { height: auto; max-height: 60%; }
        #offer-why { height: 1fr; margin-top: 1; padding: 0 1; scrollbar-size-vertical: 1; }
    }
    """

    @dataclass
    class Chosen(Message):
        group: ModelGroup

    def __init__(self) -> None:
        super().__init__(id="offer")
        self._state: OfferState | None = None
        self._around = NOTHING_HERE
        self._best: str | None = None  # the row on which the cursor was put when it was known

    def compose(self) -> ComposeResult:
        yield Static(id="offer-title", markup=False)
        yield Static(id="offer-about", markup=False)
        yield QuantTable(_HEADS, id="quants")
        with VerticalScroll(id="offer-why", can_focus=False):
            yield Facts(id="offer-reasons")

    @property
    def table(self) -> RowTable:
        return self.query_one("#quants", RowTable)

    @property
    def current(self) -> ModelGroup | None:
        key = self.table.current_key
        return self._state.group(key) if self._state is not None and key is not None else None

    def show(self, state: OfferState, around: Around) -> None:
        """Again whenever either has changed."""
        is_new = state is not self._state
        self._state, self._around = state, around
        target = state.target
        title = target.model.name if target.model is not None else target.name.repo_id
        self.query_one("#offer-title", Static).update(Content(clean(title)))
        self.query_one("#offer-about", Static).update(Content(clean("\n".join(_about(state)))))
        if is_new:
            self.table.fill([])
            self._best = None
        self.table.fill([self._row(state, group) for group in state.groups])
        self._go_to_best(state)
        self._tell_why()

    @on(RowTable.Moved)
    def _moved(self, event: RowTable.Moved) -> None:
        event.stop()
        self._tell_why()

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        group = self.current
        if group is not None:
            self.post_message(self.Chosen(group))

    # -- inside

    def _go_to_best(self, state: OfferState) -> None:
        """Once, and only where the cursor still stands where it was put."""
        if state.best is not None and self._best is None:
            self._best = state.best.file.path
            if self.table.cursor_row == 0:
                self.table.go_to(self._best)

    def _row(self, state: OfferState, group: ModelGroup) -> Row:
        path = path_of(group)
        plan = state.plans.get(path)
        is_best = plan is not None and plan is state.best
        cells = (
            _BEST if is_best else "",
            group.quant or group.name,
            human_bytes(group.size_bytes),
            self._verdict(state, path),
            *(_numbers(plan) if plan is not None else ("", "", "", "")),
            self._here(path),
        )
        return Row(path, cells, "bold" if is_best else "")

    def _verdict(self, state: OfferState, path: str) -> str:
        plan, row = state.plans.get(path), state.rows.get(path)
        if plan is not None:
            return verdict(plan, state.best)
        if row is None:
            return tr("reading ...") if state.is_reading else tr("unknown")
        return tr("cannot be used") if row.error is not None else tr("unknown")

    def _here(self, path: str) -> str:
        if path in self._around.entries:
            return tr("here")
        item = self._around.items.get(path)
        if item is None:
            return ""
        if item.state in ("transferring", "paused"):
            return f"{percent(item)} %"
        return state_words(item)

    def _tell_why(self) -> None:
        state = self._state
        if state is not None:
            self.query_one("#offer-reasons", Facts).show(_why(state, self.table.current_key))


def _numbers(plan: Plan) -> tuple[str, str, str, str]:
    gpus = plan.memory.devices[1:]
    return (
        pace(plan.decode),
        need(plan.memory.devices[:1]),
        need(gpus) if gpus else "",
        f"{plan.options.n_ctx or 0:,}",
    )


def _about(state: OfferState) -> list[str]:
    name, model = state.target.name, state.target.model
    facts = [name.repo_id] if model is not None else []
    facts += ["ModelScope"] if name.source == "modelscope" else []
    if state.licence is not None:
        facts.append(tr("licence {name}", name=one_line(state.licence)[:60]))
    if state.listing is not None and state.listing.gated:
        facts.append(tr("gated: its makers ask who you are"))
    lines = [model.summary] if model is not None else []
    return [*lines, " · ".join(facts)] if facts else lines


def _why(state: OfferState, path: str | None) -> list[Line]:
    """Of the row under the cursor; without one, how far the reading is."""
    if state.error is not None:
        return [state.error.message, *filter(None, [state.error.hint])]
    if state.listing is None:
        return [tr("Asking what there is ...")]
    row = state.rows.get(path or "")
    plan = state.plans.get(path or "")
    if row is not None and row.error is not None:
        return [row.error.message, *filter(None, [row.error.hint])]
    if plan is not None:
        return [f"{plan.file.name}: {settings(plan)}", *(f"- {r.text}" for r in plan.reasons)]
    lines: list[Line] = list(state.listing.remarks)
    if state.is_reading:
        lines.append(tr("Its header is being read, to tell what it takes here ..."))
    return lines

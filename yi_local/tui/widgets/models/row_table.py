"""Tables whose columns follow the width: the least important go, one grows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.widgets import DataTable

from yi_local.language import tr
from yi_local.text import cut, one_line, padded, shortened, width_of

_PADDING = 1  # columns at either side of a cell
_LEAST = 10  # columns of the one that grows, before another column goes


@dataclass(frozen=True, slots=True)
class Head:
    """A column; `goes` says how early it is left out where there is no room: 0 is never."""

    label: str  # marked
    to_right: bool = False
    grows: bool = False
    goes: int = 0
    least: int = 0  # columns, of one that grows
    widest: int = 0  # columns; 0: as wide as its widest cell


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    cells: tuple[str, ...]  # cleaned when they are shown, and never markup
    style: str = ""  # "bold", "dim"


class RowTable(DataTable[Text]):
    """Its rows are given as a whole; the row under the cursor stays, by its key.

    To Textual each row is one cell: it measures every cell again whenever the width has changed.
    """

    DEFAULT_CSS = """
    RowTable {
        height: 1fr;
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        &:focus { background-tint: transparent; }
        & > .datatable--header { background: $background; color: $foreground-muted; }
        & > .datatable--cursor { background: $panel; color: $foreground; }
        & > .datatable--hover { background: $surface; }
        &:focus > .datatable--cursor { background: $primary; color: $background; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [  # there is no cursor within a row
        Binding("home", "scroll_top", show=False),
        Binding("end", "scroll_bottom", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The cursor is on another row, or on none."""

        table: "RowTable"
        key: str | None

        @property
        def control(self) -> "RowTable":
            return self.table

    @dataclass
    class Chosen(Message):
        """Enter, or a click."""

        table: "RowTable"
        key: str

        @property
        def control(self) -> "RowTable":
            return self.table

    def __init__(self, heads: Sequence[Head], *, id: str | None = None, header: bool = True):
        super().__init__(
            id=id, cursor_type="row", cell_padding=0, show_header=header, zebra_stripes=False
        )
        self._heads = tuple(heads)
        self._rows: tuple[Row, ...] = ()
        self._cells: list[list[str]] = []  # of the rows, cleaned
        self._widest = [0] * len(self._heads)  # columns, of the cells
        self._told: str | None = None
        self._laid_out_for = -1

    @property
    def current_key(self) -> str | None:
        """Of the row under the cursor."""
        row = self.cursor_row
        return self._rows[row].key if 0 <= row < len(self._rows) else None

    def fill(self, rows: Sequence[Row]) -> None:
        if tuple(rows) == self._rows and self.columns:
            return
        key, at = self.current_key, self.cursor_row
        self._rows = tuple(rows)
        self._cells = [[one_line(cell) for cell in row.cells] for row in rows]
        self._widest = [self._width_of_cells(number) for number in range(len(self._heads))]
        self._lay_out(self._position(key, at))

    def go_to(self, key: str) -> bool:
        """Whether there is such a row."""
        position = next((at for at, row in enumerate(self._rows) if row.key == key), None)
        if position is not None:
            self.move_cursor(row=position)
        return position is not None

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._laid_out_for:
            self._lay_out(self.cursor_row)

    @on(DataTable.RowHighlighted)
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        if self.current_key != self._told:
            self._told = self.current_key
            self.post_message(self.Moved(self, self._told))

    @on(DataTable.RowSelected)
    def _chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        key = self.current_key
        if key is not None:
            self.post_message(self.Chosen(self, key))

    # -- inside

    def _position(self, key: str | None, before: int) -> int:
        """Of the row that was current, else of the one that has come to its place."""
        same = next((at for at, row in enumerate(self._rows) if row.key == key), None)
        return same if same is not None else max(0, min(before, len(self._rows) - 1))

    def _lay_out(self, cursor: int) -> None:
        scroll_y = self.scroll_y
        self._laid_out_for = self.size.width
        widths = self._columns()
        room = max(sum(widths.values()) + 2 * _PADDING * len(widths), self.size.width - 1)
        labels = [tr(head.label) if head.label else "" for head in self._heads]
        self.clear(columns=True)
        self.add_column(Text(self._line(labels, widths), end=""), width=room)
        for row, cells in zip(self._rows, self._cells, strict=True):
            line = padded(self._line(cells, widths), room)  # so that the cursor is a whole line
            self.add_row(Text(line, style=row.style, no_wrap=True, end=""), key=row.key)
        if self._rows:
            self.move_cursor(row=cursor)
            self.scroll_to(y=scroll_y, animate=False, force=True)
        elif self._told is not None:
            self._told = None
            self.post_message(self.Moved(self, None))

    def _line(self, cells: Sequence[str], widths: Mapping[int, int]) -> str:
        gap = " " * _PADDING
        parts = (_fitted(cells[at], self._heads[at], widths[at], at == 0) for at in widths)
        return "".join(f"{gap}{part}{gap}" for part in parts)

    def _columns(self) -> dict[int, int]:
        """Which are shown, and how wide they are."""
        natural = {number: self._natural(number) for number in range(len(self._heads))}
        shown = [number for number in natural if natural[number] or self._heads[number].grows]
        room = max(self.size.width - 1, 1)  # beside the scroll bar

        def missing() -> int:
            return sum(self._least(number, natural) + 2 * _PADDING for number in shown) - room

        for number in sorted(shown, key=lambda each: -self._heads[each].goes):
            if missing() > 0 and self._heads[number].goes:
                shown.remove(number)
        growing = [number for number in shown if self._heads[number].grows]
        spare = max(0, -missing())
        for number in growing:
            least = self._least(number, natural)
            grown = min(natural[number], least + spare)
            spare -= grown - least
            natural[number] = grown
        return {number: natural[number] for number in shown}

    def _width_of_cells(self, number: int) -> int:
        return max((width_of(cells[number]) for cells in self._cells), default=0)

    def _natural(self, number: int) -> int:
        """Of its widest cell; 0 where all are empty."""
        head, widest = self._heads[number], self._widest[number]
        if head.widest:
            widest = min(widest, head.widest)
        if not widest and not head.grows:
            return 0
        return max(widest, width_of(tr(head.label)) if head.label else 0)

    def _least(self, number: int, natural: dict[int, int]) -> int:
        head = self._heads[number]
        return min(natural[number], head.least or _LEAST) if head.grows else natural[number]


@lru_cache(4096)  # many rows have the same place
def _fitted(text: str, head: Head, width: int, is_first: bool) -> str:
    """As wide as its column; of a name the middle goes, of what follows it and grows the end."""
    if width_of(text) > width:
        is_prose = head.grows and not is_first
        text = cut(text, width - 1) + "…" if is_prose else shortened(text, width)
    space = " " * (width - width_of(text))
    return space + text if head.to_right else text + space

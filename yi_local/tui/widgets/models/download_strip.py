"""The download queue, as a strip at the bottom; not there where nothing is in it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from yi_local.assistant.downloads.item import Item
from yi_local.assistant.downloads.words import amount, percent, progress_words, state_words
from yi_local.language import mark
from yi_local.tui.widgets.models.row_table import Head, Row, RowTable

_BAR = 10  # columns
_HEADS = (
    Head(mark("state"), goes=1),
    Head(mark("model"), grows=True, least=20),
    Head("", goes=3),  # a bar
    Head("", to_right=True),  # per cent
    Head(mark("amount"), to_right=True, goes=2),
    Head(mark("progress"), grows=True, least=16),
)


class DownloadStrip(Vertical):
    DEFAULT_CSS = """
    DownloadStrip {
        height: auto;
        display: none;
        border-top: solid $panel;
        RowTable { height: auto; max-height: 4; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="downloads")
        self._items: dict[str, Item] = {}

    def compose(self) -> ComposeResult:
        yield RowTable(_HEADS, id="strip-table", header=False)

    @property
    def table(self) -> RowTable:
        return self.query_one(RowTable)

    @property
    def current(self) -> Item | None:
        """Under the cursor where the strip has the focus, else what is under way, else the first.

        So a key does the obvious thing from everywhere.
        """
        if self.table.has_focus:
            return self._items.get(self.table.current_key or "")
        items = list(self._items.values())
        moving = (item for item in items if item.state in ("transferring", "verifying"))
        waiting = (item for item in items if item.state != "done")
        return next(moving, None) or next(waiting, None)

    def show(self, items: Sequence[Item]) -> None:
        self._items = {item.key: item for item in items}
        self.display = bool(items)
        self.table.fill([_row(item) for item in items])


def _row(item: Item) -> Row:
    done = percent(item)
    filled = _BAR * done // 100
    bar = f"[{'#' * filled}{'-' * (_BAR - filled)}]"
    cells = (
        state_words(item),
        item.name,
        bar,
        f"{done} %",
        amount(item),
        progress_words(item),
    )
    return Row(item.key, cells)

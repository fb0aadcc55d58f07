"""What the lists of models have in common: they say which row is current, and which is chosen."""

from dataclasses import dataclass

from textual import on
from textual.containers import Vertical
from textual.message import Message

from yi_local.tui.widgets.models.row_table import RowTable


class ListPane(Vertical):
    """What stands in its current row is `current`, None where there is none."""

    @dataclass
    class Selected(Message):
        """The cursor is on another row, or its row has come to be something else."""

        pane: "ListPane"

    @dataclass
    class Chosen(Message):
        """Enter, or a click; there is a current row."""

        pane: "ListPane"

    @property
    def table(self) -> RowTable:
        return self.query_one(RowTable)

    @property
    def current(self) -> object | None:
        raise NotImplementedError

    @on(RowTable.Moved)
    def _moved(self, event: RowTable.Moved) -> None:
        event.stop()
        self.post_message(self.Selected(self))

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        if self.current is not None:
            self.post_message(self.Chosen(self))

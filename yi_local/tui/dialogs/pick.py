"""One thing of many, found by typing."""

from collections.abc import Iterable, Sequence

from textual import on
from textual.widget import Widget

from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.widgets.pick_list import Pick, PickList


class PickDialog(Dialog[str]):
    """Returns the id of what was chosen."""

    HIGH = True

    def __init__(
        self, title: str, picks: Sequence[Pick], *, placeholder: str = "", empty: str = ""
    ) -> None:
        super().__init__(title)
        self._list = PickList(picks, placeholder=placeholder, empty=empty)

    def body(self) -> Iterable[Widget]:
        yield self._list

    def offer(self, picks: Sequence[Pick], *, keep: bool = False) -> None:
        """Other things to choose from, while it is open; `keep`: the cursor stays on its own."""
        self._list.offer(picks, keep=keep)

    def confirm(self) -> None:
        self._list.choose()

    @on(PickList.Picked)
    def _picked(self, event: PickList.Picked) -> None:
        self.dismiss(self.chosen(event.id))

    def chosen(self, pick_id: str) -> str | None:
        """What is returned for it."""
        return pick_id

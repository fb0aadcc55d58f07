"""Which model shall answer: open ones, those on the disk, those of the catalogue."""

from collections.abc import Sequence

from yi_local.language import tr
from yi_local.tui.choices import ModelChoice, as_picks
from yi_local.tui.dialogs.pick import PickDialog
from yi_local.tui.messages import ShowModel


class ModelDialog(PickDialog):
    """Returns the name of one that is here; one to be fetched is shown in the Models part."""

    def __init__(self, entries: Sequence[ModelChoice]) -> None:
        super().__init__(tr("Model"), as_picks(entries), placeholder=tr("Filter"))
        self._entries = {entry.name: entry for entry in entries}

    def chosen(self, pick_id: str) -> str | None:
        if self._entries[pick_id].state != "fetch":
            return pick_id
        self.post_message(ShowModel(pick_id))
        return None

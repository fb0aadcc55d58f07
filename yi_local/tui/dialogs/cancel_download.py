"""Before a download is given up: what becomes of the part that is here."""

from yi_local.assistant.downloads.item import Item
from yi_local.language import tr
from yi_local.text import human_bytes
from yi_local.tui.dialogs.choice import Choice, ChoiceDialog, closing

DELETE, KEEP = "delete", "keep"


def cancel_dialog(item: Item) -> ChoiceDialog:
    part = tr("{size} of it are on the disk.", size=human_bytes(item.done_bytes))
    choices = [
        Choice(DELETE, tr("Cancel, delete the part"), is_grave=True),
        Choice(KEEP, tr("Cancel, keep it")),
        closing(tr("Go on")),
    ]
    return ChoiceDialog(tr("Cancel the download"), [f"# {item.name}", part], choices)

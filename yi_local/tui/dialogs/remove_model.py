"""Before a model is deleted: what goes, what stays and why, how much that frees."""

from yi_local.assistant.models.place_words import short_path
from yi_local.hub.library.library import LibraryEntry
from yi_local.hub.library.removal_plan import Removal
from yi_local.language import tr
from yi_local.text import human_bytes, one_line
from yi_local.tui.dialogs.choice import Choice, ChoiceDialog, closing
from yi_local.tui.widgets.models.facts import Line

REMOVE = "remove"


def remove_dialog(entry: LibraryEntry, plan: Removal) -> ChoiceDialog:
    """Where nothing may go it says so, and offers nothing."""
    title = tr("Remove {name}", name=one_line(entry.name))
    if not plan.delete:
        nothing = tr("Nothing of it may be deleted here.")
        return ChoiceDialog(title, [nothing, "", *_kept(plan)], [closing(tr("Close"))])
    lines: list[Line] = [(tr("delete"), short_path(path)) for path in plan.delete]
    lines += _kept(plan)
    if any(place.store == "folder" for place in entry.places):
        lines += ["", tr("It lies in a folder of your own; it cannot be brought back.")]
    lines += ["", tr("This frees {size}.", size=human_bytes(plan.freed_bytes))]
    return ChoiceDialog(title, lines, [closing(), Choice(REMOVE, tr("Delete"), is_grave=True)])


def _kept(plan: Removal) -> list[Line]:
    lines: list[Line] = []
    for kept in plan.kept:
        lines += [(tr("keep"), short_path(kept.path)), ("", one_line(kept.why))]
    return lines

"""Before a download: the licence, the size, where it goes, what stays free."""

from dataclasses import dataclass

from yi_local.assistant.downloads.room import Room
from yi_local.assistant.models.place_words import short_path
from yi_local.catalogue.model import Licence
from yi_local.hub.repo import Listing, ModelGroup
from yi_local.language import tr
from yi_local.text import human_bytes, one_line
from yi_local.tui.dialogs.choice import Choice, ChoiceDialog, closing
from yi_local.tui.widgets.models.facts import Line

DOWNLOAD, THEN_CHAT = "download", "chat"
_PAGES = {
    "huggingface": "https://huggingface.co/{repo}",
    "modelscope": "https://modelscope.cn/models/{repo}",
}


@dataclass(frozen=True, slots=True)
class Deal:
    """What a person agrees to."""

    listing: Listing
    group: ModelGroup
    room: Room
    licence: str | None  # None: neither the catalogue nor the file says
    known: Licence | None  # as the catalogue has it
    is_met: bool  # it was agreed to before, for this repository


def licence_dialog(deal: Deal) -> ChoiceDialog:
    title = tr("Download {name}", name=deal.group.quant or deal.group.name)
    choices = [
        Choice(DOWNLOAD, tr("Download")),
        Choice(THEN_CHAT, tr("Download, then chat")),
        closing(),
    ]
    return ChoiceDialog(title, list(_lines(deal)), choices)


def _lines(deal: Deal) -> list[Line]:
    listing, room = deal.listing, deal.room
    page = _PAGES[listing.source].format(repo=listing.repo_id)
    licence = one_line(deal.licence)[:100] if deal.licence else tr("not told; its page may say")
    lines: list[Line] = [
        (tr("model"), f"{listing.repo_id}  {deal.group.name}"),
        (tr("licence"), licence),
        ("", deal.known.url if deal.known is not None else page),
    ]
    if listing.gated:
        gate = tr("Its makers ask who you are: agree on its page, then set a token (HF_TOKEN).")
        lines += [(tr("gated"), gate), ("", page)]
    lines += [
        (tr("size"), human_bytes(deal.group.size_bytes)),
        (tr("goes to"), short_path(room.folder)),
        (tr("disk"), _disk(room)),
    ]
    if not deal.is_met:
        lines += ["", tr("By downloading it you accept the licence; you are asked once.")]
    return lines


def _disk(room: Room) -> str:
    left = room.left_bytes
    if room.free_bytes is None or left is None:
        return tr("nobody can tell what is free")
    if left < 0:
        return tr(
            "{size} too little: only {free} are free",
            size=human_bytes(-left),
            free=human_bytes(room.free_bytes),
        )
    return tr("{size} stay free", size=human_bytes(left))

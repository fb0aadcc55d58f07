"""A download in words: how far it is, what it waits for."""

from yi_local.assistant.downloads.item import Item
from yi_local.language import mark, tr
from yi_local.text import human_bytes, human_duration, one_line

_STATES = {
    "queued": mark("queued"),
    "transferring": mark("downloading"),
    "verifying": mark("verifying"),
    "paused": mark("paused"),
    "done": mark("here"),
    "failed": mark("failed"),
}


def state_words(item: Item) -> str:
    return tr(_STATES[item.state])


def percent(item: Item) -> int:
    """Never 100 before it is done."""
    if item.state == "done" or not item.total_bytes:
        return 100
    return min(99, 100 * item.done_bytes // item.total_bytes)


def amount(item: Item) -> str:
    """ "1.2 GB of 3.7 GB"."""
    done, total = human_bytes(item.done_bytes), human_bytes(item.total_bytes)
    return tr("{done} of {total}", done=done, total=total)


def progress_words(item: Item) -> str:
    """What a person wants to know beside the amount: the speed, or why there is none."""
    if item.state == "failed":
        return one_line(f"{item.detail} {item.hint}")
    if item.detail:
        return one_line(item.detail)
    if item.state == "transferring" and item.bytes_per_s:
        speed = human_bytes(round(item.bytes_per_s))
        if item.left_s is None:
            return tr("{size}/s", size=speed)
        return tr("{size}/s, {time} left", size=speed, time=human_duration(item.left_s))
    if item.state == "paused":
        return tr("goes on with p")
    return ""


def remark(items: tuple[Item, ...]) -> str:
    """For one line far from the queue: what is under way, else what has gone wrong."""
    moving = next((each for each in items if each.state in ("transferring", "verifying")), None)
    if moving is not None:
        name = one_line(moving.group.quant or moving.name)
        waiting = sum(each.state == "queued" for each in items)
        if waiting:
            return tr(
                "Downloading {name}, {percent} %, {n} more",
                name=name,
                percent=percent(moving),
                n=waiting,
            )
        return tr("Downloading {name}, {percent} %", name=name, percent=percent(moving))
    if any(each.state == "failed" for each in items):
        return tr("A download failed")
    return ""

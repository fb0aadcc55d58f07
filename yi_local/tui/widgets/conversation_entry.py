"""What stands in the list for a conversation, a message that was found, a day."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import PurePath

from textual.content import Content

from yi_local.language import tr
from yi_local.store.records import Conversation, Hit
from yi_local.text import cut, one_line, width_of, wrapped

_TITLE_LINES = 2
_HIT_LINES = 3
_CURRENT, _OTHER = "> ", "  "


def conversation_entry(conversation: Conversation, width: int, *, is_current: bool) -> Content:
    """Its title in one or two lines, and the model below; a mark before the current one."""
    return _entry(conversation.title, tr("Untitled"), conversation.model or "", width, is_current)


@lru_cache(16384)  # the list is filled anew whenever a conversation moves to its top
def _entry(title: str, untitled: str, model: str, width: int, is_current: bool) -> Content:
    title = one_line(title) or untitled
    model = PurePath(one_line(model)).name.removesuffix(".gguf")
    room = max(width - len(_OTHER), 4)
    style = "bold" if is_current else ""
    first, *rest = limited(title, room, _TITLE_LINES)
    lines = [Content.styled((_CURRENT if is_current else _OTHER) + first, style)]
    lines += [Content.styled(_OTHER + line, style) for line in rest]
    if model:
        lines.append(Content.styled(_OTHER + ended(model, room), "dim"))
    entry = Content("\n").join(lines)
    entry.get_height({}, width)  # it remembers, and the list asks for it when it is laid out
    return entry


def prepare(conversations: Iterable[Conversation], current: int | None, width: int) -> None:
    """The entries of many, to be had at once from now on."""
    for conversation in conversations:
        conversation_entry(conversation, width, is_current=conversation.id == current)


def hit_entry(hit: Hit, width: int) -> Content:
    """The conversation's title, and the text around what was found, which is underlined."""
    title = ended(one_line(hit.conversation.title) or tr("Untitled"), width)
    who = tr("You") if hit.role == "user" else tr("Model")
    before, found, after = around(hit, max(width * _HIT_LINES - width_of(who) - 2, 8))
    text = Content.assemble((who + ": ", "dim"), before, (found, "bold underline"), after)
    return Content("\n").join([Content.styled(title, "bold"), text])


def around(hit: Hit, room: int) -> tuple[str, str, str]:
    """What was found in the middle of as much text as there is room for."""
    found = cut(_blank(hit.found), room)
    room -= width_of(found)
    before, after = _blank(hit.before), _blank(hit.after)
    half = max(room // 2, room - width_of(after))
    before = tail(before, min(half, room))
    return before, found, ended(after, max(room - width_of(before), 0))


def day_entry(day: date, today: date) -> Content:
    return Content.styled(day_name(day, today), "bold underline")


def day_of(moment_s: float) -> date:
    return datetime.fromtimestamp(moment_s).date()


def day_name(day: date, today: date) -> str:
    match (today - day).days:
        case 0:
            return tr("Today")
        case 1:
            return tr("Yesterday")
        case _:
            return day.isoformat()


def limited(text: str, width: int, lines: int) -> list[str]:
    """At most so many lines, broken as the language breaks; the last one says that more follows."""
    broken = wrapped(text, width).split("\n")
    kept = broken[:lines]
    if len(broken) > lines:
        kept[-1] = cut(kept[-1], width - 2).rstrip() + ".."
    return [ended(line, width) for line in kept]


def ended(text: str, width: int) -> str:
    """At most so wide, with two dots where something is missing: an ellipsis is 1 column or 2."""
    return text if width_of(text) <= width else cut(text, max(width - 2, 0)).rstrip() + ".."


def tail(text: str, width: int) -> str:
    """As much of its end as is at most so wide, with two dots where something is missing."""
    if width_of(text) <= width:
        return text
    position = len(text)
    room = width - 2
    while position > 0 and (room := room - width_of(text[position - 1])) >= 0:
        position -= 1
    return ".." + text[position:] if width > 2 else ""


def _blank(text: str) -> str:
    """On one line, with a blank at each end where there was one: the parts stand side by side."""
    inner = one_line(text)
    left = " " if text[:1].isspace() and inner else ""
    right = " " if text[-1:].isspace() and inner else ""
    return f"{left}{inner}{right}"

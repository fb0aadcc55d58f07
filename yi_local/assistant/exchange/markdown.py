"""A conversation's current path as Markdown, for people."""

import re
import time
from collections.abc import Sequence

from yi_local.language import mark, tr
from yi_local.store.records import Attachment, Conversation, Node

_SPEAKERS = {
    "system": mark("System"),
    "user": mark("You"),
    "assistant": mark("Assistant"),
    "tool": mark("Tool"),
}
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def to_markdown(conversation: Conversation, path: Sequence[Node]) -> str:
    """A heading for every message, its text as it is; a fence left open is closed."""
    parts = [f"# {title_of(conversation)}", _facts(conversation)]
    if conversation.system:
        parts += [f"## {tr('System prompt')}", closed(conversation.system.strip("\n"))]
    for node in path:
        parts.append(f"## {speaker_of(node)}")
        parts += [_attached(each) for each in node.attachments]
        parts.append(closed(node.message.content.strip("\n")))
    return "\n\n".join(filter(None, parts)) + "\n"


def title_of(conversation: Conversation) -> str:
    """In one line, also where there is none."""
    return " ".join(conversation.title.split()) or tr("Conversation {id}", id=conversation.id)


def speaker_of(node: Node) -> str:
    role = node.message.role
    name = tr(_SPEAKERS.get(role, role))
    if node.model is None:
        return name
    return tr("{speaker} ({model})", speaker=name, model=" ".join(node.model.split()))


def when(time_s: float) -> str:
    """In local time, to the minute."""
    if time_s <= 0:
        return tr("unknown")
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(time_s))
    except (OverflowError, ValueError, OSError):  # a year that no clock shows
        return tr("unknown")


def closed(text: str) -> str:
    """With the end of a code block that was begun, so that what follows is not taken into it."""
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.fullmatch(line)
        if match is None:
            continue
        marks, rest = match[1], match[2]
        if not fence:
            if marks[0] == "~" or "`" not in rest:
                fence = marks
        elif marks[0] == fence[0] and len(marks) >= len(fence) and not rest.strip():
            fence = ""
    return f"{text}\n{fence}" if fence else text


def fenced(text: str, language: str = "") -> str:
    """A code block that holds the text, whatever fences are in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"


def _facts(conversation: Conversation) -> str:
    facts = [tr("Date: {when}", when=when(conversation.created_s))]
    if conversation.model:
        facts.append(tr("Model: {model}", model=" ".join(conversation.model.split())))
    return "\n".join(f"- {fact}" for fact in facts)


def _attached(attachment: Attachment) -> str:
    name = " ".join(attachment.name.split())
    return tr("Attached: {name}", name=name) + "\n\n" + fenced(attachment.text)

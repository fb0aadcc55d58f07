"""A conversation as Markdown."""

from collections.abc import Sequence

from yi_local.language import mark, tr
from yi_local.types import Message

_SPEAKERS = {
    "system": mark("System"),
    "user": mark("You"),
    "assistant": mark("Assistant"),
    "tool": mark("Tool"),
}


def to_markdown(title: str, messages: Sequence[Message]) -> str:
    """A heading for every message, its text as it is."""
    parts = [f"# {title}"]
    for message in messages:
        speaker = tr(_SPEAKERS.get(message.role, message.role))
        parts += [f"## {speaker}", message.content.strip("\n")]
    return "\n\n".join(parts) + "\n"

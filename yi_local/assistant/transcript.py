"""A conversation as Markdown."""

from collections.abc import Sequence

from yi_local.types import Message

_SPEAKERS = {"system": "System", "user": "You", "assistant": "Assistant", "tool": "Tool"}


def to_markdown(title: str, messages: Sequence[Message]) -> str:
    """A heading for every message, its text as it is."""
    parts = [f"# {title}"]
    for message in messages:
        speaker = _SPEAKERS.get(message.role, message.role)
        parts += [f"## {speaker}", message.content.strip("\n")]
    return "\n\n".join(parts) + "\n"

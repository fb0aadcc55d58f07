"""Messages that a person or a program writes as JSON."""

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.types import Message

ROLES = ("system", "user", "assistant", "tool")


def messages_from(value: object) -> list[Message]:
    """At least one. Raises UsageError for anything else than a list of role and content."""
    if not isinstance(value, list) or not value:
        raise UsageError(tr('"messages" must be a list of messages.'))
    return [_message(item) for item in value]


def _message(item: object) -> Message:
    if not isinstance(item, dict) or item.keys() != {"role", "content"}:
        raise UsageError(tr('A message needs "role" and "content", and nothing else.'))
    role, content = item["role"], item["content"]
    if role not in ROLES:
        raise UsageError(tr('"role" must be one of {names}.', names=", ".join(ROLES)))
    if not isinstance(content, str):
        raise UsageError(tr('"content" must be text.'))
    return Message(role, content)

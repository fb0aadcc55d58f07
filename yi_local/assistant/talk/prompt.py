"""A conversation's nodes as the messages that the model gets."""

import re
from collections.abc import Iterable, Sequence

from yi_local.store.records import Attachment, Node
from yi_local.types import Message


def messages_of(system: str | None, nodes: Iterable[Node]) -> tuple[Message, ...]:
    """Roles take turns, as chat templates demand: what one side said in a row is one message.

    An answer of which there is nothing is left away.
    """
    messages = [Message("system", system)] if system else []
    for node in nodes:
        role, text = node.message.role, text_of(node)
        if role == "assistant" and not text:
            continue
        if messages and messages[-1].role == role:
            text = f"{messages.pop().content}\n\n{text}"
        messages.append(Message(role, text))
    return tuple(messages)


def text_of(node: Node) -> str:
    """What was typed, behind what was attached to it."""
    blocks = documents_of(node.attachments)
    if not blocks:
        return node.message.content
    return f"{blocks}\n\n{node.message.content}" if node.message.content else blocks


def documents_of(attachments: Sequence[Attachment]) -> str:
    return "\n\n".join(map(document, attachments))


def document(attachment: Attachment) -> str:
    """The file's name, then its text in a fence that the text itself cannot close."""
    longest = max((len(run) for run in re.findall("`{3,}", attachment.text)), default=2)
    fence = "`" * (longest + 1)
    name = " ".join(attachment.name.split())  # a name with a line break would look like text
    text = attachment.text.removesuffix("\n")
    return f"{name}\n{fence}\n{text}\n{fence}"

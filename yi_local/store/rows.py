"""Rows <-> records."""

import json
from collections.abc import Sequence
from typing import Any, cast

from yi_local.store.receipts import receipt_from
from yi_local.store.records import Attachment, Conversation, Node
from yi_local.types import FinishReason, Message

NODE = (
    "id, conversation_id, parent_id, role, content, created_s, finish_reason, attachments, "
    "pinned, model, receipt"
)
CONVERSATION = (
    "id, title, titled, system, model, preset, sampling, created_s, updated_s, n_messages"
)


def stored(text: str | None) -> str | bytes | None:
    """As SQLite takes it: text that is no valid Unicode (half a surrogate pair) goes as bytes."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def text_of(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")


def node_of(row: Sequence[Any]) -> Node:
    """Of the columns NODE."""
    return Node(
        id=row[0],
        conversation_id=row[1],
        parent_id=row[2],
        message=Message(row[3], text_of(row[4])),
        created_s=row[5],
        finish_reason=cast(FinishReason | None, row[6]),
        attachments=attachments_of(row[7]),
        pinned=bool(row[8]),
        model=_optional(row[9]),
        receipt=receipt_from(_optional(row[10])),
    )


def conversation_of(row: Sequence[Any]) -> Conversation:
    """Of the columns CONVERSATION."""
    return Conversation(
        id=row[0],
        title=text_of(row[1]),
        titled=bool(row[2]),
        system=_optional(row[3]),
        model=_optional(row[4]),
        preset=_optional(row[5]),
        sampling=_mapping(text_of(row[6])),
        created_s=row[7],
        updated_s=row[8],
        n_messages=row[9],
    )


def attachments_text(attachments: Sequence[Attachment]) -> str | bytes | None:
    if not attachments:
        return None
    return stored(json.dumps([[each.name, each.text] for each in attachments], ensure_ascii=False))


def attachments_of(value: str | bytes | None) -> tuple[Attachment, ...]:
    """None where they cannot be understood: the message is still worth reading."""
    if value is None:
        return ()
    try:
        return tuple(Attachment(str(name), str(text)) for name, text in json.loads(text_of(value)))
    except (ValueError, TypeError):
        return ()


def _mapping(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _optional(value: str | bytes | None) -> str | None:
    return None if value is None else text_of(value)

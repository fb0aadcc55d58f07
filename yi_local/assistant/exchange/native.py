"""Conversations <-> our own JSON, which loses nothing."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from yi_local.assistant.exchange.whole import Broken, Read, Whole
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.store.receipts import receipt_json, receipt_of
from yi_local.store.records import Attachment, Conversation, Node
from yi_local.types import FinishReason, Message

FORMAT = "yi_local conversations"
VERSION = 1

_HALF_PAIRS = re.compile("[\ud800-\udfff]")
_FINISH_REASONS = get_args(FinishReason)


def to_json(wholes: Sequence[Whole]) -> str:
    """Readable as UTF-8; half a surrogate pair, which UTF-8 cannot hold, is escaped."""
    value = {
        "format": FORMAT,
        "version": VERSION,
        "conversations": [
            conversation_json(whole.conversation)
            | {"messages": [node_json(node, node.id in whole.chosen) for node in whole.nodes]}
            for whole in wholes
        ],
    }
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _HALF_PAIRS.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "titled": conversation.titled,
        "system": conversation.system,
        "model": conversation.model,
        "preset": conversation.preset,
        "sampling": dict(conversation.sampling),
        "created_s": conversation.created_s,
        "updated_s": conversation.updated_s,
        "n_messages": conversation.n_messages,
    }


def node_json(node: Node, chosen: bool) -> dict[str, Any]:
    """`chosen`: the path goes through it as soon as it goes through its parent."""
    return {
        "id": node.id,
        "parent_id": node.parent_id,
        "chosen": chosen,
        "role": node.message.role,
        "content": node.message.content,
        "created_s": node.created_s,
        "finish_reason": node.finish_reason,
        "attachments": [{"name": each.name, "text": each.text} for each in node.attachments],
        "pinned": node.pinned,
        "model": node.model,
        "receipt": receipt_json(node.receipt) if node.receipt else None,
    }


def is_native(value: object) -> bool:
    return isinstance(value, dict) and value.get("format") == FORMAT


def from_json(value: Mapping[str, Any]) -> Read:
    """Raises UsageError for a newer version; a broken conversation is told, not raised."""
    version = value.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise UsageError(
            tr(
                "This export has version {version} of its format; this yi reads up to {known}.",
                version=version,
                known=VERSION,
            ),
            tr("Upgrade yi_local."),
        )
    wholes, broken = [], []
    conversations = value.get("conversations")
    if not isinstance(conversations, list):
        raise UsageError(tr("This export holds no list of conversations."))
    for item in conversations:
        try:
            wholes.append(_whole(item))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            title = item.get("title") if isinstance(item, dict) else None
            broken.append(Broken(title if isinstance(title, str) else "", _reason(error)))
    said = tuple(whole for whole in wholes if whole.nodes)
    return Read(said, tuple(broken), n_empty=len(wholes) - len(said))


def _whole(item: Mapping[str, Any]) -> Whole:
    messages = item["messages"]
    conversation = Conversation(
        id=_is(int, item.get("id", 0), "id"),
        title=_is(str, item["title"], "title"),
        titled=_is(bool, item.get("titled", False), "titled"),
        system=_optional(item, "system"),
        model=_optional(item, "model"),
        preset=_optional(item, "preset"),
        sampling=_is(dict, item.get("sampling", {}), "sampling"),
        created_s=_seconds(item, "created_s"),
        updated_s=_seconds(item, "updated_s"),
        n_messages=len(messages),
    )
    nodes = tuple(_node(message, conversation.id) for message in messages)
    _demand_order(nodes)
    chosen = (node.id for node, message in zip(nodes, messages, strict=True) if message["chosen"])
    return Whole(conversation, nodes, frozenset(chosen))


def _node(message: Mapping[str, Any], conversation_id: int) -> Node:
    receipt, parent_id = message.get("receipt"), message["parent_id"]
    reason = message.get("finish_reason")
    if reason is not None and reason not in _FINISH_REASONS:
        raise ValueError(tr("{value} is no finish_reason", value=repr(reason)))
    return Node(
        id=_is(int, message["id"], "id"),
        conversation_id=conversation_id,
        parent_id=None if parent_id is None else _is(int, parent_id, "parent_id"),
        message=Message(_is(str, message["role"], "role"), _is(str, message["content"], "content")),
        created_s=_seconds(message, "created_s"),
        finish_reason=cast(FinishReason | None, reason),
        attachments=tuple(
            Attachment(_is(str, each["name"], "name"), _is(str, each["text"], "text"))
            for each in message.get("attachments", ())
        ),
        pinned=_is(bool, message.get("pinned", False), "pinned"),
        model=_optional(message, "model"),
        receipt=None if receipt is None else receipt_of(receipt),
    )


def _demand_order(nodes: Sequence[Node]) -> None:
    seen: set[int | None] = {None}
    for node in nodes:
        if node.parent_id not in seen:
            raise ValueError(tr("message {id} comes before the one it answers", id=node.id))
        if node.id in seen:
            raise ValueError(tr("there are two messages {id}", id=node.id))
        seen.add(node.id)


def _optional(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    return None if value is None else cast(str, _is(str, value, name))


def _seconds(values: Mapping[str, Any], name: str) -> float:
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(tr('"{name}" is no number', name=name))
    return float(value)


def _is(kind: type, value: Any, name: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(tr('"{name}" is not what it should be', name=name))
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return tr("{field} is missing", field=error)
    return str(error) if type(error) is ValueError else tr("it is not built as a conversation")

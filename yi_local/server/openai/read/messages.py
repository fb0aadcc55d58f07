"""The messages of a chat, in all the forms in which OpenAI's API knows them."""

import json
from collections.abc import Sequence
from typing import Any

from yi_local.language import tr
from yi_local.server.openai.read.common import text_only
from yi_local.server.openai.read.fields import Fields
from yi_local.types import Json, Message

MAX_MESSAGES = 4096
MAX_PARTS = 1024
MAX_CALLS = 128
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_TEXT_PARTS = {  # the kind of a part -> where its text is
    "text": "text",
    "input_text": "text",
    "output_text": "text",
    "refusal": "refusal",
}


def read_messages(fields: Fields) -> tuple[Message, ...]:
    """Raises WrongRequest where there are none."""
    fields.needed("messages")
    messages = [_message(one) for one in fields.tables("messages", MAX_MESSAGES)]
    if not messages:
        raise fields.refused("messages", tr("There are no messages."))
    return with_one_system(with_names(messages))


def read_content(fields: Fields, name: str = "content") -> str | None:
    """A string, or a list of parts, which are lines of one text."""
    value = fields.raw(name)
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise fields.wrong(name, tr("a string or a list of parts"))
    return "\n".join(_part(part) for part in fields.tables(name, MAX_PARTS))


def arguments_from(text: str) -> Any:
    """Of a call that was: an object, as templates want it; else the text as it is."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict) else text


def call(call_id: str | None, name: str, arguments: str) -> Json:
    """A tool call as a Message carries it."""
    function = {"name": name, "arguments": arguments_from(arguments)}
    written: Json = {"type": "function", "function": function}
    return written if call_id is None else {"id": call_id, **written}


def with_names(messages: Sequence[Message]) -> list[Message]:
    """Results carry the name of the function whose call they answer: some templates ask for it."""
    names: dict[str, str] = {}
    named = []
    for message in messages:
        for each in message.tool_calls:
            if "id" in each:
                names[each["id"]] = each["function"]["name"]
        if message.role == "tool" and message.name is None and message.tool_call_id in names:
            name = names[message.tool_call_id]
            message = Message("tool", message.content, (), message.tool_call_id, name)
        named.append(message)
    return named


def with_one_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Those at the beginning become one: many templates read the first only."""
    texts: list[str] = []
    for message in messages:
        if message.role != "system":
            break
        texts.append(message.content)
    if len(texts) < 2:
        return tuple(messages)
    return (Message("system", "\n\n".join(texts)), *messages[len(texts) :])


def _message(fields: Fields) -> Message:
    fields.needed("role")
    role = fields.one_of("role", _ROLES)
    if role == "assistant":
        return _assistant(fields)
    fields.needed("content")
    content = read_content(fields) or ""
    if role in ("tool", "function"):
        return Message("tool", content, (), fields.text("tool_call_id"), fields.text("name"))
    return Message("user" if role == "user" else "system", content)


def _assistant(fields: Fields) -> Message:
    calls = tuple(_call(one) for one in fields.tables("tool_calls", MAX_CALLS))
    old = fields.table("function_call")
    if old is not None:
        calls += (_function(old, None),)
    content = read_content(fields)
    if content is None and not calls:
        fields.needed("content")
    return Message("assistant", content or "", calls)


def _call(fields: Fields) -> Json:
    fields.needed("function")
    function = fields.table("function")
    assert function is not None
    return _function(function, fields.text("id"))


def _function(fields: Fields, call_id: str | None) -> Json:
    fields.needed("name")
    return call(call_id, fields.text("name") or "", fields.text("arguments") or "{}")


def _part(fields: Fields) -> str:
    fields.needed("type")
    kind = fields.raw("type")
    where = _TEXT_PARTS.get(kind) if isinstance(kind, str) else None
    if where is None:
        raise text_only({"type": kind}, fields.place("type"))
    fields.needed(where)
    return fields.text(where) or ""

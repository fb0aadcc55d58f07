"""The input of a response: a text, or a list of items that make a conversation."""

from dataclasses import replace

from yi_local.language import tr
from yi_local.server.openai.read.common import text_only
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.read.messages import (
    MAX_MESSAGES,
    call,
    read_content,
    with_names,
    with_one_system,
)
from yi_local.types import Message

_ROLES = ("user", "assistant", "system", "developer")


def read_input(fields: Fields) -> tuple[Message, ...]:
    """With the instructions in front, as the system's."""
    instructions = fields.text("instructions")
    messages = [Message("system", instructions)] if instructions else []
    fields.needed("input")
    value = fields.raw("input")
    if isinstance(value, str):
        messages.append(Message("user", value))
    elif isinstance(value, list):
        for item in fields.tables("input", MAX_MESSAGES):
            _add(messages, item)
    else:
        raise fields.wrong("input", tr("a string or a list of items"))
    if not any(message.role != "system" for message in messages):
        raise fields.refused("input", tr("There are no messages."))
    return with_one_system(with_names(messages))


def _add(messages: list[Message], item: Fields) -> None:
    kind = item.text("type") or "message"
    if kind == "message":
        messages.append(_message(item))
    elif kind == "function_call":
        _add_call(messages, item)
    elif kind == "function_call_output":
        item.needed("output")
        output = read_content(item, "output") or ""
        messages.append(Message("tool", output, (), item.text("call_id")))
    elif kind != "reasoning":  # the model's own thoughts of another turn: none of ours
        raise text_only({"type": kind}, item.place("type"))


def _message(item: Fields) -> Message:
    item.needed("role")
    item.needed("content")
    role = item.one_of("role", _ROLES) or "user"
    return Message("system" if role == "developer" else role, read_content(item) or "")


def _add_call(messages: list[Message], item: Fields) -> None:
    """Calls that follow each other, or a text of the assistant's, are one message."""
    item.needed("name")
    made = call(item.text("call_id"), item.text("name") or "", item.text("arguments") or "{}")
    if messages and messages[-1].role == "assistant":
        messages[-1] = replace(messages[-1], tool_calls=(*messages[-1].tool_calls, made))
    else:
        messages.append(Message("assistant", "", (made,)))

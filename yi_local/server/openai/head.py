"""What names an answer of OpenAI's API."""

import secrets
from dataclasses import dataclass

from yi_local.assistant.tools.calls import ToolCall


@dataclass(frozen=True, slots=True)
class Head:
    """The same in every chunk of an answer."""

    id: str
    model: str
    created: int  # Unix time in seconds


@dataclass(frozen=True, slots=True)
class Called:
    """A call with the id that its result will refer to."""

    id: str
    call: ToolCall


def new_id(prefix: str) -> str:
    """Prefixes as OpenAI's: chatcmpl-, cmpl-, resp_, msg_, fc_, call_."""
    return prefix + secrets.token_hex(12)

"""Function calls as models write them: one JSON object, or a list of them."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from yi_local.types import Json

_ARGUMENT_KEYS = ("arguments", "parameters")


@dataclass(frozen=True, slots=True)
class Said:
    """Text for the person."""

    text: str  # never empty


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str  # JSON text of an object


Piece = Said | ToolCall


def calls_in(text: str, names: Collection[str]) -> tuple[ToolCall, ...] | None:
    """None for anything else than calls of known functions, whole and in good order."""
    try:
        value = json.loads(text, strict=False, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    calls = tuple(_call(item, names) for item in (value if isinstance(value, list) else [value]))
    known = tuple(call for call in calls if call is not None)
    return known if known and len(known) == len(calls) else None


def json_text(value: Any) -> str:
    """Readable in every alphabet; half a surrogate pair, which no encoding can carry, escaped.

    Raises ValueError for a number that JSON does not know, RecursionError for a deep value.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text if text.isascii() or _encodable(text) else json.dumps(value, allow_nan=False)


def function_of(call: Json) -> tuple[str, Any]:
    """The name and the arguments of a message's tool call."""
    return call["function"]["name"], call["function"]["arguments"]


def _call(value: Any, names: Collection[str]) -> ToolCall | None:
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("function"), dict):
        value = value["function"]
    name = value.get("name")
    if not isinstance(name, str) or name not in names:
        return None
    key = next((key for key in _ARGUMENT_KEYS if key in value), None)
    arguments = {} if key is None else _object(value[key])
    if arguments is None:
        return None
    try:
        return ToolCall(name, json_text(arguments))
    except (ValueError, RecursionError):
        return None


def _object(value: Any) -> Json | None:
    """Some models write the arguments as JSON inside of a string."""
    if isinstance(value, str):
        try:
            value = json.loads(value, strict=False, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None
    if value is None:
        return {}
    return value if isinstance(value, dict) else None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

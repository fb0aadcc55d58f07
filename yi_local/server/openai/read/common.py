"""What requests of several kinds have in common."""

import json
from typing import Any

from yi_local.assistant.talk import schema
from yi_local.assistant.tools.schema import schema_for_engine
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.wrong import WrongRequest
from yi_local.types import Json

MAX_N = 16
MAX_TOP_LOGPROBS = 20
MAX_TOKENS = 2**31 - 1
_FORMATS = ("text", "json_object", "json_schema")
_ANY_OBJECT = '{"type": "object"}'


def read_model(fields: Fields) -> str | None:
    return fields.text("model") or None


def read_n(fields: Fields) -> int:
    return fields.integer("n", 1, MAX_N) or 1


def read_stream(fields: Fields) -> tuple[bool, bool]:
    """Whether to stream, and whether the usage is to come at the stream's end."""
    options = fields.table("stream_options")
    wants_usage = options is not None and options.flag("include_usage", False)
    return fields.flag("stream", False), wants_usage


def read_format(fields: Fields, name: str = "response_format") -> dict[str, Any]:
    """The schema that the answer must satisfy, as a field of SamplingOptions."""
    form = fields.table(name)
    if form is None:
        return {}
    form.needed("type")
    kind = form.one_of("type", _FORMATS)
    if kind == "text":
        return {}
    holder = form.table("json_schema") or form  # the Responses API has no table of its own for it
    if kind == "json_schema":
        holder.needed("schema")
    if not holder.has("schema"):
        return {"json_schema": _ANY_OBJECT}
    text = json.dumps(holder.entries("schema"))
    return {"json_schema": _checked(text, holder.place("schema"))}


def text_only(value: Json, place: str) -> WrongRequest:
    return WrongRequest(
        tr("{place} is no text ({kind}).", place=place, kind=str(value.get("type"))[:40]),
        tr("Only text can be read here: no images, no sound, no files."),
        param=place,
    )


def _checked(text: str, place: str) -> str:
    try:
        schema.check(text)
        return schema_for_engine(text)
    except UsageError as error:
        raise WrongRequest(error.message, error.hint, param=place) from None

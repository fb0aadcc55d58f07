"""Bodies of /v1/responses, as far as they are about text."""

from typing import Any

from yi_local.language import tr
from yi_local.server.openai.read.chat import split_last
from yi_local.server.openai.read.common import (
    MAX_TOKENS,
    MAX_TOP_LOGPROBS,
    read_format,
    read_model,
    read_stream,
)
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.read.items import read_input
from yi_local.server.openai.read.sampling import demand_possible, read_sampling
from yi_local.server.openai.read.tools import read_choice, read_tools
from yi_local.server.openai.requests import ChatRequest, ResponsesRequest
from yi_local.types import Json

_LOGPROBS = "message.output_text.logprobs"
MAX_INCLUDES = 32


def parse_responses(body: Json) -> ResponsesRequest:
    """Raises WrongRequest, for a response to go on with too: none is kept."""
    fields = Fields(body)
    _refuse_memory(fields)
    messages, continues = split_last(fields, read_input(fields))
    choice, tools = read_choice(fields, read_tools(fields, flat=True), flat=True)
    parallel = fields.flag("parallel_tool_calls", True)
    chat = ChatRequest(
        model=read_model(fields),
        messages=messages,
        continues=continues,
        sampling_chosen=_sampling(fields),
        n=1,
        stream=read_stream(fields)[0],
        include_usage=True,
        tools=tools,
        tool_choice=choice,
        parallel=parallel,
    )
    return ResponsesRequest(chat, _echoed(fields, parallel))


def _refuse_memory(fields: Fields) -> None:
    for name in ("previous_response_id", "conversation", "prompt"):
        if fields.has(name):
            raise fields.refused(
                name,
                tr("Responses are not kept here, so there is nothing that {name} could name.",
                   name=name),
                tr("Send the whole conversation as input."),
            )  # fmt: skip
    if fields.flag("background", False):
        raise fields.refused("background", tr("A response cannot be made in the background."))


def _sampling(fields: Fields) -> dict[str, Any]:
    form = fields.table("text")
    chosen = read_sampling(fields) | (read_format(form, "format") if form is not None else {})
    most = fields.integer("max_output_tokens", 1, MAX_TOKENS)
    if most is not None:
        chosen["max_tokens"] = most
    top = fields.integer("top_logprobs", 0, MAX_TOP_LOGPROBS)
    if top or _LOGPROBS in fields.items("include", MAX_INCLUDES):
        chosen["top_logprobs"] = top or 0
    demand_possible(fields, chosen)
    return chosen


def _echoed(fields: Fields, parallel: bool) -> Json:
    text = fields.table("text")
    tools = fields.raw("tools") or []
    return {
        "instructions": fields.text("instructions"),
        "max_output_tokens": fields.raw("max_output_tokens"),
        "metadata": fields.entries("metadata"),
        "parallel_tool_calls": parallel,
        "temperature": fields.raw("temperature"),
        "text": {"format": (text.raw("format") if text is not None else None) or {"type": "text"}},
        "tool_choice": fields.raw("tool_choice") or "auto",
        "tools": [{"strict": None, "parameters": None, **tool} for tool in tools],
        "top_logprobs": fields.raw("top_logprobs") or 0,
        "top_p": fields.raw("top_p"),
        "user": fields.text("user"),
    }

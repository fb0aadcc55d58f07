"""Bodies of /v1/chat/completions."""

from typing import Any

from yi_local.language import tr
from yi_local.server.openai.read.common import (
    MAX_TOKENS,
    MAX_TOP_LOGPROBS,
    read_format,
    read_model,
    read_n,
    read_stream,
)
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.read.messages import read_messages
from yi_local.server.openai.read.sampling import demand_possible, read_sampling
from yi_local.server.openai.read.tools import read_choice, read_tools
from yi_local.server.openai.requests import ChatRequest
from yi_local.types import Json, Message


def parse_chat(body: Json) -> ChatRequest:
    """Raises WrongRequest. Fields we do not know are ignored."""
    fields = Fields(body)
    messages, continues = split_last(fields, read_messages(fields))
    choice, tools = read_choice(fields, read_tools(fields))
    stream, include_usage = read_stream(fields)
    return ChatRequest(
        model=read_model(fields),
        messages=messages,
        continues=continues,
        sampling_chosen=_sampling(fields),
        n=read_n(fields),
        stream=stream,
        include_usage=include_usage,
        tools=tools,
        tool_choice=choice,
        parallel=fields.flag("parallel_tool_calls", True),
    )


def split_last(fields: Fields, messages: tuple[Message, ...]) -> tuple[tuple[Message, ...], str]:
    """An assistant's message at the end is the beginning of the answer, unless a flag says no.

    The flags are vLLM's: `continue_final_message` and `add_generation_prompt`.
    """
    last = messages[-1]
    is_begun = last.role == "assistant" and not last.tool_calls
    wanted = fields.flag("continue_final_message", is_begun)
    prompted = fields.flag("add_generation_prompt", not wanted)
    if fields.has("continue_final_message") and wanted:
        if not is_begun:
            raise fields.refused(
                "continue_final_message",
                tr("Only an answer can be continued."),
                tr("Let the last message be the assistant's, without calls."),
            )
        if prompted:
            raise fields.refused(
                "add_generation_prompt",
                tr("An answer is either continued or begun anew, not both."),
            )
    elif not prompted and not is_begun:
        raise fields.refused(
            "add_generation_prompt",
            tr("An answer can only begin behind the generation prompt."),
            tr("For a prompt of your own, use /v1/completions."),
        )
    if not is_begun or prompted or not wanted:
        return messages, ""
    if len(messages) == 1:
        raise fields.refused("messages", tr("There is no question before the answer."))
    return messages[:-1], last.content


def _sampling(fields: Fields) -> dict[str, Any]:
    chosen = read_sampling(fields) | read_format(fields)
    tokens = fields.integer("max_completion_tokens", 1, MAX_TOKENS)
    older = fields.integer("max_tokens", 1, MAX_TOKENS)
    if (most := tokens if tokens is not None else older) is not None:
        chosen["max_tokens"] = most
    top = fields.integer("top_logprobs", 0, MAX_TOP_LOGPROBS)
    if fields.flag("logprobs", False):
        chosen["top_logprobs"] = top or 0
    elif top:
        raise fields.refused("top_logprobs", tr("top_logprobs needs logprobs to be true."))
    demand_possible(fields, chosen)
    return chosen

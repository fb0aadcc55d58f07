"""Answers of /v1/chat/completions, whole and in chunks."""

from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.server.openai.head import Called, Head
from yi_local.server.openai.write.logprobs import chat_logprobs
from yi_local.server.openai.write.usage import usage_body
from yi_local.types import FinishReason, Json, TokenLogprob, Usage


@dataclass(frozen=True, slots=True)
class Choice:
    index: int
    text: str
    finish_reason: FinishReason
    calls: tuple[Called, ...] = ()
    logprobs: tuple[TokenLogprob, ...] | None = None  # None: they were not asked for


def chat_response(head: Head, choices: Sequence[Choice], usages: Sequence[Usage]) -> Json:
    return {
        **_frame(head, "chat.completion"),
        "choices": [_choice(choice) for choice in choices],
        "usage": usage_body(usages),
    }


def first_chunk(head: Head, index: int, include_usage: bool = False) -> Json:
    """Says who speaks. `include_usage`: a usage chunk will come, and the others say so."""
    delta = {"role": "assistant", "content": "", "refusal": None}
    return _chunk(head, index, delta, include_usage)


def text_chunk(
    head: Head,
    index: int,
    text: str,
    logprobs: Sequence[TokenLogprob] | None = None,
    include_usage: bool = False,
) -> Json:
    return _chunk(head, index, {"content": text}, include_usage, logprobs)


def call_chunk(
    head: Head, index: int, number: int, called: Called, include_usage: bool = False
) -> Json:
    """A whole call; `number` counts the choice's calls from 0."""
    call = {"index": number, **call_body(called)}
    return _chunk(head, index, {"tool_calls": [call]}, include_usage)


def last_chunk(
    head: Head,
    index: int,
    finish_reason: FinishReason,
    has_calls: bool,
    include_usage: bool = False,
) -> Json:
    reason = finish_reason_body(finish_reason, has_calls)
    return _chunk(head, index, {}, include_usage, finish_reason=reason)


def usage_chunk(head: Head, usages: Sequence[Usage]) -> Json:
    """The stream's very last one, without choices."""
    frame = _frame(head, "chat.completion.chunk")
    return {**frame, "choices": [], "usage": usage_body(usages)}


def call_body(called: Called) -> Json:
    function = {"name": called.call.name, "arguments": called.call.arguments}
    return {"id": called.id, "type": "function", "function": function}


def finish_reason_body(reason: FinishReason, has_calls: bool) -> str:
    """OpenAI's words; an answer that was stopped from outside has simply stopped."""
    if reason == "length":
        return "length"
    return "tool_calls" if has_calls else "stop"


def _choice(choice: Choice) -> Json:
    message: Json = {
        "role": "assistant",
        "content": None if choice.calls and not choice.text else choice.text,
        "refusal": None,
    }
    if choice.calls:
        message["tool_calls"] = [call_body(called) for called in choice.calls]
    return {
        "index": choice.index,
        "message": message,
        "logprobs": chat_logprobs(choice.logprobs),
        "finish_reason": finish_reason_body(choice.finish_reason, bool(choice.calls)),
    }


def _chunk(
    head: Head,
    index: int,
    delta: Json,
    include_usage: bool,
    logprobs: Sequence[TokenLogprob] | None = None,
    finish_reason: str | None = None,
) -> Json:
    choice = {
        "index": index,
        "delta": delta,
        "logprobs": chat_logprobs(logprobs),
        "finish_reason": finish_reason,
    }
    chunk = {**_frame(head, "chat.completion.chunk"), "choices": [choice]}
    return chunk | {"usage": None} if include_usage else chunk


def _frame(head: Head, kind: str) -> Json:
    return {
        "id": head.id,
        "object": kind,
        "created": head.created,
        "model": head.model,
        "system_fingerprint": None,
    }

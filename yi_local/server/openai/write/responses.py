"""The response object of /v1/responses."""

from collections.abc import Callable, Sequence
from typing import Literal

from yi_local.server.openai.head import Called, Head, new_id
from yi_local.server.openai.requests import ResponsesRequest
from yi_local.server.openai.write.logprobs import token_body
from yi_local.server.openai.write.usage import responses_usage
from yi_local.types import FinishReason, Json, TokenLogprob, Usage

Status = Literal["in_progress", "completed", "incomplete", "failed"]


def response_object(
    head: Head,
    request: ResponsesRequest,
    text: str,
    calls: Sequence[Called],
    finish_reason: FinishReason,
    usage: Usage,
    logprobs: Sequence[TokenLogprob] | None = None,
    make_id: Callable[[str], str] = new_id,
) -> Json:
    """A whole answer: its text, if there is any or no call either, then its calls."""
    status = status_of(finish_reason)
    output = [call_item(make_id("fc_"), called) for called in calls]
    if text or not calls:
        message = message_item(make_id("msg_"), text, status, logprobs or ())
        output.insert(0, message)
    return frame(head, request, status, output, usage)


def frame(
    head: Head,
    request: ResponsesRequest,
    status: Status,
    output: Sequence[Json] = (),
    usage: Usage | None = None,
    error: Json | None = None,
) -> Json:
    """`output` is empty and the usage unknown while the answer is being written."""
    cut = {"reason": "max_output_tokens"} if status == "incomplete" else None
    return {
        "id": head.id,
        "object": "response",
        "created_at": head.created,
        "status": status,
        "background": False,
        "error": error,
        "incomplete_details": cut,
        "model": head.model,
        "output": list(output),
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "truncation": "disabled",
        "usage": None if usage is None else responses_usage(usage),
        **request.echoed,
    }


def status_of(finish_reason: FinishReason) -> Status:
    return "incomplete" if finish_reason == "length" else "completed"


def message_item(
    item_id: str, text: str, status: Status, logprobs: Sequence[TokenLogprob] = ()
) -> Json:
    return {
        "id": item_id,
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": [text_part(text, logprobs)],
    }


def text_part(text: str, logprobs: Sequence[TokenLogprob] = ()) -> Json:
    return {
        "type": "output_text",
        "text": text,
        "annotations": [],
        "logprobs": [token_body(token) for token in logprobs],
    }


def call_item(
    item_id: str, called: Called, status: Status = "completed", arguments: str | None = None
) -> Json:
    """`arguments`: those that are there already, where not all are."""
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "call_id": called.id,
        "name": called.call.name,
        "arguments": called.call.arguments if arguments is None else arguments,
    }

"""Answers of /v1/completions, whole and in chunks."""

from collections.abc import Sequence

from yi_local.server.openai.head import Head
from yi_local.server.openai.write.chat import Choice, finish_reason_body
from yi_local.server.openai.write.logprobs import completion_logprobs
from yi_local.server.openai.write.usage import usage_body
from yi_local.types import FinishReason, Json, TokenLogprob, Usage


def completion_response(
    head: Head, choices: Sequence[Choice], usages: Sequence[Usage], n: int = 1
) -> Json:
    """`n` answers to each prompt. A choice's text may begin with its prompt."""
    return {
        **_frame(head),
        "choices": [
            _choice(each.index, each.text, each.finish_reason, each.logprobs, 0) for each in choices
        ],
        "usage": usage_body(usages, n),
    }


def completion_chunk(
    head: Head,
    index: int,
    text: str,
    finish_reason: FinishReason | None = None,
    logprobs: Sequence[TokenLogprob] | None = None,
    offset: int = 0,
    include_usage: bool = False,
) -> Json:
    """`offset`: how many characters of the choice there were before."""
    choice = _choice(index, text, finish_reason, logprobs, offset)
    chunk = {**_frame(head), "choices": [choice]}
    return chunk | {"usage": None} if include_usage else chunk


def completion_usage_chunk(head: Head, usages: Sequence[Usage], n: int = 1) -> Json:
    """The stream's very last one, without choices."""
    return {**_frame(head), "choices": [], "usage": usage_body(usages, n)}


def _choice(
    index: int,
    text: str,
    finish_reason: FinishReason | None,
    logprobs: Sequence[TokenLogprob] | None,
    offset: int,
) -> Json:
    reason = None if finish_reason is None else finish_reason_body(finish_reason, False)
    return {
        "index": index,
        "text": text,
        "logprobs": completion_logprobs(logprobs, offset),
        "finish_reason": reason,
    }


def _frame(head: Head) -> Json:
    return {
        "id": head.id,
        "object": "text_completion",
        "created": head.created,
        "model": head.model,
        "system_fingerprint": None,
    }

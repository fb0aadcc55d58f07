"""What one event of /v1/chat/completions says, whichever server has written it."""

import json
from dataclasses import dataclass
from typing import Any

from yi_local.types import FinishReason, Json

Ending = FinishReason | None

_FINISHED: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",  # text-generation-inference
    "stop_sequence": "stop",
    "end_turn": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "error",
}
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")  # llama-server; Ollama; older ones


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens, as the server tells them."""

    prompt: int | None
    cached: int | None
    completion: int | None


@dataclass(frozen=True, slots=True)
class Chunk:
    text: str = ""
    thinks: bool = False  # it holds a piece of the model's thoughts
    finish_reason: FinishReason | None = None
    counts: Counts | None = None
    error: Json | None = None  # what the server says went wrong, in the middle of its stream


def read_chunk(data: str) -> Chunk:
    """Raises ValueError for what is no JSON object. What is missing or strange says nothing."""
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    if value.get("error"):
        return Chunk(error=error_of(value))
    counts = _counts(value.get("usage"))
    choices = value.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return Chunk(counts=counts)
    said = choice.get("delta") or choice.get("message")  # whole where it was not streamed
    said = said if isinstance(said, dict) else {}
    reason = choice.get("finish_reason")
    return Chunk(
        text=_text(said.get("content")),
        thinks=any(isinstance(said.get(name), str) and said[name] for name in _THOUGHTS),
        finish_reason=_FINISHED.get(reason, "stop") if isinstance(reason, str) and reason else None,
        counts=counts,
    )


def error_of(value: Json) -> Json:
    """The envelope's content: OpenAI has an object there, others only a sentence."""
    error = value.get("error")
    if isinstance(error, dict):
        return error
    if isinstance(error, str):
        return {**value, "message": error}
    told = value.get("message") or value.get("detail")
    return {"message": told} if isinstance(told, str) else {}


def _text(content: Any) -> str:
    """A string, or the texts of a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = [part.get("text") for part in content if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


def _counts(usage: Any) -> Counts | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Counts(
        count(usage.get("prompt_tokens")), count(cached), count(usage.get("completion_tokens"))
    )


def count(value: Any) -> int | None:
    """A whole number of things; anything else is unknown."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count else None

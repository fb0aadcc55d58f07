"""Requests of OpenAI's API, as far as we answer them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from yi_local.assistant.tools.choice import ToolChoice
from yi_local.types import Json, Message


@dataclass(frozen=True, slots=True)
class ChatRequest:
    model: str | None  # None: the caller leaves it to us
    messages: tuple[Message, ...]
    continues: str  # the answer goes on after it; it is none of the messages
    sampling_chosen: Mapping[str, Any]  # fields of SamplingOptions
    n: int
    stream: bool
    include_usage: bool  # in a last chunk of its own
    tools: tuple[Json, ...]  # {"type": "function", "function": {...}}
    tool_choice: ToolChoice
    parallel: bool  # several calls in one answer are welcome


@dataclass(frozen=True, slots=True)
class ResponsesRequest:
    chat: ChatRequest
    echoed: Json  # what the response repeats of its request


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """The choices are numbered prompt by prompt: the second one's are `n` to 2 `n` - 1."""

    model: str | None
    prompts: tuple[str, ...]
    sampling_chosen: Mapping[str, Any]
    n: int
    stream: bool
    include_usage: bool
    echo: bool  # the prompt stands before its answer


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    model: str | None
    inputs: tuple[str, ...]
    encoding_format: Literal["float", "base64"]

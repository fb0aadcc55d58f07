"""What passes on the private routes: the engine's own protocol, in server-sent events."""

from dataclasses import asdict, fields
from typing import Any

from yi_local.assistant.talk.advice import sampling_for
from yi_local.catalogue.model import Model
from yi_local.engine import protocol
from yi_local.engine.client import Engine, Generation
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.server.answering import Ask
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.write.sse import sse
from yi_local.server.openai.wrong import WrongRequest
from yi_local.types import (
    Done,
    Event,
    Json,
    Message,
    ModelInfo,
    PrefillProgress,
    SamplingOptions,
    TextDelta,
)

_OPTIONS = frozenset(field.name for field in fields(SamplingOptions))
_MOST_MESSAGES = 1_000_000  # the size of the body is the limit


def read_sampling(asked: Fields, known: Model | None) -> SamplingOptions:
    """What was chosen, and the makers' advice for the rest. Raises UsageError."""
    chosen = {name: value for name, value in asked.entries("sampling").items() if name in _OPTIONS}
    try:
        for name in ("stop", "dry_sequence_breakers", "chosen"):
            if chosen.get(name) is not None:
                chosen[name] = tuple(chosen[name])
        if "logit_bias" in chosen:
            chosen["logit_bias"] = {int(token): bias for token, bias in chosen["logit_bias"]}
        return sampling_for(known, chosen)
    except (TypeError, ValueError):
        raise asked.wrong("sampling", tr("an object")) from None


def read_question(asked: Fields, sampling: SamplingOptions) -> Ask:
    if asked.one_of("op", ("chat", "complete")) == "complete":
        prompt = needed_text(asked, "prompt")

        def complete(engine: Engine) -> Generation:
            return engine.complete(prompt, sampling)

        return complete
    messages, tools, continues = read_chat(asked)

    def chat(engine: Engine) -> Generation:
        return engine.chat(messages, sampling, tools, continues)

    return chat


def read_chat(asked: Fields) -> tuple[list[Message], list[Json] | None, str]:
    """Messages, tools, the beginning of the answer."""
    messages = [_message(each) for each in asked.tables("messages", _MOST_MESSAGES)]
    if not messages:
        raise asked.refused("messages", tr("There are no messages."))
    tools = asked.items("tools", _MOST_MESSAGES) if asked.has("tools") else None
    return messages, tools, asked.text("continues") or ""


def needed_text(asked: Fields, name: str) -> str:
    asked.needed(name)
    return asked.text(name) or ""


def begun_frame(number: int, info: ModelInfo, sampling: SamplingOptions) -> bytes:
    line = protocol.loaded_line(info) | {"sampling": protocol.sampling_line(sampling)}
    return sse(line | {"id": number})


def event_frame(number: int, event: Event) -> bytes:
    """Nothing for what no engine of ours says."""
    if isinstance(event, TextDelta):
        line: Json = {"event": "text", "text": event.text}
        if event.logprobs:
            line["logprobs"] = [
                [*protocol.token_line(each.token, each.bytes, each.logprob), _top(each.top)]
                for each in event.logprobs
            ]
        return sse(line)
    if isinstance(event, PrefillProgress):
        return sse({"event": "prefill", **asdict(event)})
    if not isinstance(event, Done):
        return b""
    line = protocol.done_line(number, event.finish_reason, event.usage, 0)
    return sse(line | {"seed": event.seed})


def failed_frame(error: YiLocalError) -> bytes:
    """With all that an engine of one's own would have told."""
    return sse(protocol.error_line(error))


def _top(top: Any) -> list[list[Any]]:
    return [protocol.token_line(*each) for each in top]


def _message(fields_: Fields) -> Message:
    calls = fields_.items("tool_calls", _MOST_MESSAGES)
    role = fields_.text("role")
    if role is None:
        raise WrongRequest(tr("{place} is missing.", place=fields_.place("role")))
    return Message(
        role,
        fields_.text("content") or "",
        tuple(calls),
        fields_.text("tool_call_id"),
        fields_.text("name"),
    )

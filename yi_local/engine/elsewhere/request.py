"""The body of a request to another server: only what somebody chose, the rest is its own."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from yi_local.types import Json, Message, SamplingOptions

STREAM_OPTIONS = "stream_options"
# As OpenAI documents them: every server should know these.
_STANDARD = frozenset(
    ("max_tokens", "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "stop")
)
_NEEDED = frozenset(  # without these it would be another question: then rather none
    ("model", "messages", "stream", "tools", "response_format", "grammar", "logit_bias")
)
_SPECIAL: Mapping[str, Callable[[Any], Json]] = {  # what is not called as it is here
    "json_schema": lambda text: {"response_format": _format(text)},
    "logit_bias": lambda biases: {
        "logit_bias": {str(token): added for token, added in biases.items()}
    },
    "stop": lambda texts: {"stop": list(texts)},
    "dry_sequence_breakers": lambda texts: {"dry_sequence_breakers": list(texts)},
    "top_logprobs": lambda n: {},  # no logprobs are read here
}


def chat_body(
    model: str,
    messages: Sequence[Message],
    sampling: SamplingOptions,
    tools: Sequence[Json] | None,
    continues: str,
) -> Json:
    """`continues` goes last, as an answer that has begun."""
    said = [_message(message) for message in messages]
    if continues:
        said.append({"role": "assistant", "content": continues})
    body: Json = {
        "model": model,
        "messages": said,
        "stream": True,
        STREAM_OPTIONS: {"include_usage": True},
    }
    for name, value in _chosen(sampling).items():
        body |= _SPECIAL.get(name, lambda value, name=name: {name: value})(value)
    return body | ({"tools": list(tools)} if tools else {})


def extras(body: Json) -> tuple[str, ...]:
    """Its fields that only some servers know: llama-server does, under these very names."""
    return tuple(name for name in body if name not in {*_STANDARD, *_NEEDED, STREAM_OPTIONS})


def plainer(body: Json, status: int, complaint: str) -> tuple[Json, tuple[str, ...]] | None:
    """The body without what a strict server may have refused, and what it goes without.

    None where nothing could be left out. `complaint`: the server's own words.
    """
    named = tuple(name for name in extras(body) if name in complaint)
    dropped = named or extras(body)
    silently = STREAM_OPTIONS in body and (STREAM_OPTIONS in complaint or status == 422)
    renamed = "max_tokens" in body and "max_completion_tokens" in complaint
    if not dropped and not silently and not renamed:
        return None
    gone = {*dropped, *((STREAM_OPTIONS,) if silently else ())}
    rest = {name: value for name, value in body.items() if name not in gone}
    if renamed:
        rest["max_completion_tokens"] = rest.pop("max_tokens")
    return rest, dropped


def _chosen(sampling: SamplingOptions) -> dict[str, Any]:
    """None of our defaults, unless somebody chose that very value."""
    if sampling.chosen is not None:
        given = {name: getattr(sampling, name) for name in sampling.chosen}
    else:
        neutral = SamplingOptions()
        names = (field.name for field in fields(SamplingOptions) if field.name != "chosen")
        given = {
            name: getattr(sampling, name)
            for name in names
            if getattr(sampling, name) != getattr(neutral, name)
        }
    return {name: value for name, value in given.items() if value is not None}


def _message(message: Message) -> Json:
    line: Json = {"role": message.role, "content": message.content}
    if message.tool_calls:
        line["tool_calls"] = [_call(call) for call in message.tool_calls]
    optional = {"tool_call_id": message.tool_call_id, "name": message.name}
    return line | {key: value for key, value in optional.items() if value is not None}


def _call(call: Json) -> Json:
    """Over HTTP the arguments are text."""
    function = call["function"]
    arguments = function["arguments"]
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {**call, "function": {**function, "arguments": text}}


def _format(schema: str) -> Json:
    named = {"name": "answer", "schema": json.loads(schema)}
    return {"type": "json_schema", "json_schema": named}

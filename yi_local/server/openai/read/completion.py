"""Bodies of /v1/completions: texts to go on with, without a template."""

from typing import Any

from yi_local.language import tr
from yi_local.server.openai.read.common import (
    MAX_N,
    MAX_TOKENS,
    MAX_TOP_LOGPROBS,
    read_format,
    read_model,
    read_n,
    read_stream,
)
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.read.sampling import demand_possible, read_sampling
from yi_local.server.openai.requests import CompletionRequest
from yi_local.types import Json

MAX_PROMPTS = 64
_MAX_TOKENS = 16  # OpenAI's default for this endpoint


def parse_completion(body: Json) -> CompletionRequest:
    """Raises WrongRequest. Fields we do not know are ignored."""
    fields = Fields(body)
    n = read_n(fields)
    _refuse_unknown_wishes(fields, n)
    stream, include_usage = read_stream(fields)
    return CompletionRequest(
        model=read_model(fields),
        prompts=read_texts(fields, "prompt", MAX_PROMPTS),
        sampling_chosen=_sampling(fields),
        n=n,
        stream=stream,
        include_usage=include_usage,
        echo=_echo(fields),
    )


def read_texts(fields: Fields, name: str, at_most: int) -> tuple[str, ...]:
    """One text or a list of texts; token ids are refused, in words."""
    fields.needed(name)
    value = fields.raw(name)
    if isinstance(value, str):
        return (value,)
    texts = fields.items(name, at_most)
    if any(isinstance(text, int | list) and not isinstance(text, bool) for text in texts):
        raise fields.refused(
            name,
            tr("{place} has token ids, which differ from model to model.", place=name),
            tr("Send the text itself."),
        )
    if not texts or not all(isinstance(text, str) for text in texts):
        raise fields.wrong(name, tr("a string or a list of strings"))
    return tuple(texts)


def _sampling(fields: Fields) -> dict[str, Any]:
    chosen = read_sampling(fields) | read_format(fields)
    most = fields.integer("max_tokens", 1, MAX_TOKENS)
    chosen["max_tokens"] = _MAX_TOKENS if most is None else most
    logprobs = fields.integer("logprobs", 0, MAX_TOP_LOGPROBS)
    if logprobs is not None:
        chosen["top_logprobs"] = logprobs
    demand_possible(fields, chosen)
    return chosen


def _echo(fields: Fields) -> bool:
    echo = fields.flag("echo", False)
    if echo and fields.has("logprobs"):
        raise fields.refused("echo", tr("The prompt itself has no logprobs here."),
                             tr("Leave out echo or logprobs."))  # fmt: skip
    return echo


def _refuse_unknown_wishes(fields: Fields, n: int) -> None:
    if fields.text("suffix"):
        raise fields.refused("suffix", tr("Text cannot be inserted before a suffix here."))
    best_of = fields.integer("best_of", 1, MAX_N)
    if best_of is not None and best_of != n:
        raise fields.refused("best_of", tr("best_of can only be as many as n."))

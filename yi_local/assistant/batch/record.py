"""A line of a batch's output, which also tells of which line of the input it is.

`line` is that line's number, `input` its digest: so a batch goes on where it was stopped with
nothing but the output to read, and a changed input is noticed.
"""

import json
from dataclasses import dataclass

from yi_local import errors
from yi_local.assistant.batch.line import Line
from yi_local.types import Done, Json, Usage

_KINDS: dict[type[errors.YiLocalError], str] = {
    errors.UsageError: "bad_line",
    errors.PromptTooLong: "prompt_too_long",
    errors.SchemaViolation: "schema_violation",
    errors.EngineDied: "engine_died",
}


@dataclass(frozen=True, slots=True)
class Finished:
    """What is remembered of a line of the output."""

    number: int
    digest: str
    is_error: bool


def answer_record(line: Line, text: str, done: Done) -> bytes:
    return _encoded(_head(line) | _answer(text, done) | _tail(line))


def error_record(
    line: Line, error: errors.YiLocalError, text: str = "", done: Done | None = None
) -> bytes:
    """With the answer, where there is one that does not satisfy its schema."""
    kind = next((name for kind, name in _KINDS.items() if isinstance(error, kind)), "failed")
    told = {"error": {"kind": kind, "message": error.message}}
    answer = _answer(text, done) if done is not None else {}
    return _encoded(_head(line) | told | answer | _tail(line))


def finished_from(record: bytes) -> Finished | None:
    """None for what is no line of a batch's output."""
    try:
        value = json.loads(record)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    number, digest = value.get("line"), value.get("input")
    if not isinstance(number, int) or not isinstance(digest, str):
        return None
    return Finished(number, digest, "error" in value)


def _head(line: Line) -> Json:
    return {"id": line.id}


def _tail(line: Line) -> Json:
    return {"line": line.number, "input": line.digest}


def _answer(text: str, done: Done) -> Json:
    return {
        "text": text,
        "finish_reason": done.finish_reason,
        "usage": _counts(done.usage),
        "seed": done.seed,
    }


def _counts(usage: Usage) -> Json:
    """Without speeds, so that the same batch gives the same bytes."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "completion_tokens": usage.completion_tokens,
    }


def _encoded(value: Json) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, in an id of the input
        return json.dumps(value).encode() + b"\n"

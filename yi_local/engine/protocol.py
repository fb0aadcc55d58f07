"""The lines that pass between the engine's two processes, one JSON object each.

To the worker, each with an `op`; the rest are the keys of the values in `types.py`:

    {"op": "load", "options": LoadOptions, "cpu_repack"}         first, once in a process
    {"op": "chat", "id", "messages": [Message], "tools", "continues", "sampling": SamplingOptions}
    {"op": "complete", "id", "prompt", "sampling"}
    {"op": "render", "id", "messages", "tools", "continues"}
    {"op": "tokenize", "id", "text"}
    {"op": "embed", "id", "texts"}
    {"op": "cancel", "id"}

or, to a process that is asked and loads nothing:

    {"op": "build", "id"}
    {"op": "dry_run", "id", "twin", "options": LoadOptions, "cpu_repack"}
    {"op": "memory_bandwidth", "id", "n_threads"}

From the worker, each with an `event`; those that answer a request carry its `id`:

    {"event": "load_progress", "fraction"}
    {"event": "loaded", "model": ModelInfo}
    {"event": "prefill", "id", "done_tokens", "total_tokens"}
    {"event": "text", "id", "text", "logprobs" (absent unless asked for): [TokenLogprob]}
    {"event": "done", "id", "finish_reason", "usage": Usage, "seed"}
    {"event": "rendered", "id", "text", "token_ids"}            answers render and tokenize
    {"event": "embedding", "id", "vector", "prompt_tokens"}     for each text, in their order
    {"event": "build", "id", "build": EngineBuild}
    {"event": "dry_run", "id", "dry_run": DryRun}
    {"event": "memory_bandwidth", "id", "bytes_per_s"}
    {"event": "error", "id" (absent while loading), "kind", "message", "hint"}

A TokenLogprob is [token, bytes, logprob, [[token, bytes, logprob], ...]], its bytes in base64, or
null where they are the token's text. A vector is base64 of little-endian float32.
"""

import json
import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from yi_local import errors
from yi_local.engine.build import EngineBuild
from yi_local.hardware.snapshot import Device
from yi_local.types import (
    AllocatedMemory,
    DeviceMemory,
    Diagnosis,
    Done,
    DryRun,
    Embedding,
    Event,
    FinishReason,
    Json,
    LoadOptions,
    Message,
    ModelInfo,
    PrefillProgress,
    SamplingOptions,
    TextDelta,
    TokenLogprob,
    Usage,
)

_KINDS: dict[str, type[errors.YiLocalError]] = {
    "usage": errors.UsageError,
    "not_found": errors.ModelNotFound,
    "cannot_load": errors.CannotLoad,
    "not_enough_memory": errors.NotEnoughMemory,
    "prompt_too_long": errors.PromptTooLong,
    "failed": errors.YiLocalError,
}


def encode(line: Json) -> str:
    """One protocol line, newline included. Only ASCII, so no encoding can get in the way."""
    return json.dumps(line, separators=(",", ":")) + "\n"


def decode(line: str) -> Json:
    """Raises ValueError for anything that is not a JSON object."""
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def error_line(error: errors.YiLocalError, request_id: int | None = None) -> Json:
    kind = next((name for name, cls in _KINDS.items() if type(error) is cls), "failed")
    line: Json = {"event": "error", "kind": kind, "message": error.message, "hint": error.hint}
    return line if request_id is None else line | {"id": request_id}


def error_from(line: Json) -> errors.YiLocalError:
    return _KINDS.get(line["kind"], errors.YiLocalError)(line["message"], line.get("hint"))


def loaded_line(model: ModelInfo) -> Json:
    return {"event": "loaded", "model": asdict(model)}


def done_line(request_id: int, reason: FinishReason, usage: Usage, seed: int) -> Json:
    return {
        "event": "done",
        "id": request_id,
        "finish_reason": reason,
        "usage": asdict(usage),
        "seed": seed,
    }


def load_options_from(fields: dict[str, Any]) -> LoadOptions:
    overrides = tuple((key, value) for key, value in fields["kv_overrides"])
    split = tuple(fields["tensor_split"])
    return LoadOptions(**fields | {"tensor_split": split, "kv_overrides": overrides})


def message_line(message: Message) -> Json:
    """What is not there is left out: a template may ask whether `tool_calls` is defined."""
    line: Json = {"role": message.role, "content": message.content}
    if message.tool_calls:
        line["tool_calls"] = list(message.tool_calls)
    optional = {"tool_call_id": message.tool_call_id, "name": message.name}
    return line | {key: value for key, value in optional.items() if value is not None}


def sampling_line(sampling: SamplingOptions) -> Json:
    """JSON objects have text keys, so `logit_bias` travels as pairs."""
    return asdict(sampling) | {"logit_bias": list(sampling.logit_bias.items())}


def sampling_from(fields: dict[str, Any]) -> SamplingOptions:
    return SamplingOptions(
        **fields
        | {
            "stop": tuple(fields["stop"]),
            "dry_sequence_breakers": tuple(fields["dry_sequence_breakers"]),
            "logit_bias": dict(fields["logit_bias"]),
        }
    )


def model_info_from(fields: dict[str, Any]) -> ModelInfo:
    diagnoses = tuple(Diagnosis(**item) for item in fields["diagnoses"])
    memory = fields.get("memory")
    allocated = None if memory is None else AllocatedMemory(**_with_devices(memory))
    return ModelInfo(**fields | {"diagnoses": diagnoses, "memory": allocated})


def build_from(fields: dict[str, Any]) -> EngineBuild:
    return EngineBuild(
        **fields
        | {
            "backends": tuple(fields["backends"]),
            "features": tuple(fields["features"]),
            "devices": tuple(Device(**device) for device in fields["devices"]),
        }
    )


def dry_run_from(fields: dict[str, Any]) -> DryRun:
    return DryRun(**_with_devices(fields))


def _with_devices(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"devices": tuple(DeviceMemory(**device) for device in fields["devices"])}


def event_from(line: Json) -> Event:
    """The public event that a `prefill`, `text` or `done` line stands for."""
    match line["event"]:
        case "prefill":
            return PrefillProgress(line["done_tokens"], line["total_tokens"])
        case "text":
            return TextDelta(line["text"], _logprobs_from(line.get("logprobs", ())))
        case "done":
            return Done(line["finish_reason"], Usage(**line["usage"]), line["seed"])
        case other:
            raise ValueError(f"unknown event {other!r}")


def token_line(token: str, data: bytes, logprob: float) -> list[Any]:
    return [token, None if data == token.encode() else b64encode(data).decode(), logprob]


def _token_from(fields: list[Any]) -> tuple[str, bytes, float]:
    token, data, logprob = fields
    return token, token.encode() if data is None else b64decode(data), logprob


def _logprobs_from(lines: Iterable[list[Any]]) -> tuple[TokenLogprob, ...]:
    return tuple(
        TokenLogprob(*_token_from(chosen), tuple(map(_token_from, top))) for *chosen, top in lines
    )


def embedding_line(request_id: int, vector: Iterable[float], prompt_tokens: int) -> Json:
    data = _little_endian(array("f", vector)).tobytes()
    return {
        "event": "embedding",
        "id": request_id,
        "vector": b64encode(data).decode(),
        "prompt_tokens": prompt_tokens,
    }


def embedding_from(line: Json) -> Embedding:
    vector = array("f", b64decode(line["vector"]))
    return Embedding(tuple(_little_endian(vector)), line["prompt_tokens"])


def _little_endian(vector: "array[float]") -> "array[float]":
    if sys.byteorder == "big":
        vector.byteswap()
    return vector

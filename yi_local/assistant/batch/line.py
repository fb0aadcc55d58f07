"""A line of a batch's input: JSON in, what the engine is asked out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from typing import Any

from yi_local.assistant.talk.advice import sampling_for
from yi_local.assistant.talk.messages_given import messages_from
from yi_local.catalogue.model import Model
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.settings.sampling import WrongOption, sampling_from
from yi_local.types import Json, Message, SamplingOptions

_OWN = frozenset({"id", "prompt", "messages", "system", "schema"})  # the rest is sampling
_ELSEWHERE = frozenset({"json_schema", "top_logprobs"})  # "schema" is its name here; no answer
_SEEDS = 2**32 - 1  # 0 to 2**32 - 2: llama.cpp reads the next one as "choose one"
_DIGEST_CHARS = 16  # 64 bits: a changed line is noticed, nobody is kept from forging one


@dataclass(frozen=True, slots=True)
class Manner:
    """What holds for every line that does not say otherwise."""

    system: str | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)  # fields of SamplingOptions
    model: Model | None = None  # whose makers advise the rest
    fingerprint: str = ""  # of all that decides an answer beside the line


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1, empty lines too. Where `error` is set, the rest is empty."""

    number: int
    id: str | int  # the input's own, else the number
    digest: str
    messages: tuple[Message, ...] = ()
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    error: UsageError | None = None


def is_empty(raw: bytes) -> bool:
    return not raw.strip()


def digest_of(raw: bytes, manner: Manner) -> str:
    """Of the line as it stands, with all that decides its answer."""
    hashed = sha256(manner.fingerprint.encode() + b"\0" + raw.rstrip(b"\r\n"))
    return hashed.hexdigest()[:_DIGEST_CHARS]


def read_line(raw: bytes, number: int, manner: Manner) -> Line:
    """What is wrong with it is its `error`; nothing is raised."""
    digest = digest_of(raw, manner)
    name: str | int = number
    try:
        given = _json(raw, number)
        if "id" in given:
            name = _id(given["id"])
        messages = _messages(given, manner.system)
        return Line(number, name, digest, messages, _sampling(given, number, manner))
    except UsageError as error:
        return Line(number, name, digest, error=error)


def key_of(line: Line) -> str:
    """Two lines whose keys begin alike have prompts that begin alike."""
    return "".join(f"{message.role}\1{message.content}\0" for message in line.messages)


def _json(raw: bytes, number: int) -> Json:
    try:
        given = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        raise UsageError(tr("The line is not UTF-8.")) from None
    except ValueError as error:
        raise UsageError(tr("The line is not JSON: {error}.", error=error)) from None
    except RecursionError:
        raise UsageError(tr("The line is nested too deeply.")) from None
    if not isinstance(given, dict):
        raise UsageError(tr("The line is not a JSON object."))
    return given


def _id(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong("id", tr("a text or a whole number"))
    return value


def _messages(given: Json, system: str | None) -> tuple[Message, ...]:
    if ("prompt" in given) == ("messages" in given):
        raise UsageError(tr('A line needs either "prompt" or "messages".'))
    if "prompt" in given:
        messages = [Message("user", _text(given["prompt"], "prompt"))]
    else:
        messages = _said(given["messages"])
    if given.get("system") is not None:
        if messages[0].role == "system":
            raise UsageError(tr('A line has "system" twice: once by itself, once in "messages".'))
        system = _text(given["system"], "system")
    if system and messages[0].role != "system":
        messages.insert(0, Message("system", system))
    if not messages[-1].content.strip():
        raise UsageError(tr("There is nothing to answer."))
    return tuple(messages)


def _said(value: object) -> list[Message]:
    messages = messages_from(value)
    if messages[-1].role in ("system", "assistant"):
        raise UsageError(tr("The last message must be the user's: it is what is answered."))
    return messages


def _sampling(given: Json, number: int, manner: Manner) -> SamplingOptions:
    """The line's own fields, the batch's for the rest; a seed of the batch differs by line."""
    own = {key: value for key, value in given.items() if key not in _OWN and value is not None}
    for key in own:
        if key not in SamplingOptions.__dataclass_fields__ or key in _ELSEWHERE:
            raise _unknown(key)
    if isinstance(own.get("stop"), str):
        own["stop"] = [own["stop"]]
    try:
        chosen = sampling_from(own)
    except WrongOption as error:
        raise UsageError(tr("The line cannot be used: {error}.", error=error)) from None
    if given.get("schema") is not None:
        chosen["json_schema"] = _schema(given["schema"])
    common = dict(manner.sampling)
    if common.get("seed") is not None:
        common["seed"] = (common["seed"] + number) % _SEEDS
    if {"grammar", "json_schema"} & chosen.keys():  # one form, not two
        common = {key: common[key] for key in common.keys() - {"grammar", "json_schema"}}
    return sampling_for(manner.model, {**common, **chosen})


def _schema(value: object) -> str:
    if not isinstance(value, dict):
        raise _wrong("schema", tr("a JSON schema"))
    text = json.dumps(value, ensure_ascii=False)
    _checked(text)
    return text


@lru_cache(maxsize=256)  # most batches have one schema on a million lines
def _checked(text: str) -> None:
    from yi_local.assistant.talk import schema  # jsonschema takes a while to import

    schema.check(text)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong(name, tr("text"))
    return value


def _wrong(name: str, expected: str) -> UsageError:
    return UsageError(tr('"{name}" must be {expected}.', name=name, expected=expected))


def _unknown(key: str) -> UsageError:
    known: Sequence[str] = sorted(_OWN | (SamplingOptions.__dataclass_fields__.keys() - _ELSEWHERE))
    close = get_close_matches(key, known, n=1)
    if key == "json_schema":
        close = ["schema"]
    if close:
        return UsageError(
            tr('There is no field "{name}"; did you mean "{other}"?', name=key, other=close[0])
        )
    return UsageError(tr('There is no field "{name}".', name=key))

"""What the page's requests say, each field as what it must be; unknown ones are ignored."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from starlette.datastructures import QueryParams

from yi_local.assistant.talk.documents import MAX_BYTES
from yi_local.language import tr
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.wrong import WrongRequest
from yi_local.settings.sampling import WrongOption, sampling_from
from yi_local.store.records import Attachment
from yi_local.types import Json, SamplingOptions

MAX_ID = 2**63 - 1  # SQLite's
_MOST_ATTACHMENTS = 32
_LONGEST_TITLE = 200
_LONGEST_NAME = 255
_LONGEST_NUMBER = 19  # digits, as MAX_ID has
_SAMPLING = frozenset(field.name for field in fields(SamplingOptions)) - {"top_logprobs"}


def read_text(body: Fields) -> str:
    """Empty where there is none: a question may be its attachments alone."""
    return body.text("text") or ""


def read_attachments(body: Fields) -> tuple[Attachment, ...]:
    return tuple(map(_attachment, body.tables("attachments", _MOST_ATTACHMENTS)))


def read_node(body: Fields) -> int:
    body.needed("node_id")
    return body.integer("node_id", 1, MAX_ID) or 0


def read_changes(body: Json) -> dict[str, Any]:
    """Of a conversation: as the store's `update` takes them; `model` is a name to be found.

    Unlike elsewhere null is a value: the model's own system prompt, nothing chosen.
    """
    table, changes = Fields(body), dict[str, Any]()
    if table.has("title"):
        title = " ".join((table.text("title") or "").split())[:_LONGEST_TITLE]
        if not title:
            raise table.wrong("title", tr("a string with something in it"))
        changes |= {"title": title, "titled": True}
    if "system" in body:
        changes["system"] = table.text("system")
    if "sampling" in body:
        changes["sampling"] = read_sampling(table)
    if table.has("model"):
        changes["model"] = table.text("model")
    return changes


def read_sampling(body: Fields) -> Mapping[str, Any]:
    """Fields of SamplingOptions; those that are null are not chosen."""
    table = body.entries("sampling")
    known = {name: value for name, value in table.items() if name in _SAMPLING}
    given = {name: value for name, value in known.items() if value is not None}
    try:
        return sampling_from(given)
    except WrongOption as error:
        place = ".".join(filter(None, (body.place("sampling"), error.option)))
        raise WrongRequest(f"{error}.", param=place) from None
    except OverflowError:  # JSON's whole numbers have no end
        raise body.wrong("sampling", tr("an object of numbers that are not as large")) from None


def read_id(given: str) -> int | None:
    """None for what is no number that anything can have."""
    if not (given.isascii() and given.isdecimal() and len(given) <= _LONGEST_NUMBER):
        return None
    return int(given) if int(given) <= MAX_ID else None


def read_integer(query: QueryParams, name: str, low: int, high: int) -> int | None:
    """Of the address; None where it is not there. Raises WrongRequest."""
    given = query.get(name)
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= _LONGEST_NUMBER):
        raise Fields({}).wrong(name, tr("a whole number"))
    return Fields({name: int(given)}).integer(name, low, high)


def read_moment(given: str) -> float | None:
    """Where a page of conversations ended; None for what tells no time."""
    try:
        moment = float(given)
    except ValueError:
        return None
    return moment if math.isfinite(moment) else None


def _attachment(table: Fields) -> Attachment:
    table.needed("name")
    table.needed("text")
    name, text = table.text("name") or "", table.text("text") or ""
    if len(text) > MAX_BYTES:
        raise table.refused("text", tr("{place} is too long.", place=table.place("text")))
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return Attachment(last[:_LONGEST_NAME], text)

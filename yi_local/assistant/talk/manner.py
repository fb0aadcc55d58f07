"""How a conversation's answers are made: its own choice, else what the model's makers advise.

On another server, what nobody chose is that server's own.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.advice import sampling_for
from yi_local.store.records import Conversation
from yi_local.types import SamplingOptions

_FIELDS = frozenset(field.name for field in fields(SamplingOptions)) - {"chosen"}


def system_of(model: TalkModel, conversation: Conversation) -> str | None:
    """The conversation's system prompt; "" there is none at all, None the makers' own."""
    if conversation.system is not None:
        return conversation.system or None
    if model.where is not None:
        return None
    return model.known.system_prompt if model.known is not None else None


def sampling_of(model: TalkModel, chosen: Mapping[str, Any]) -> SamplingOptions:
    """Chosen fields as the store has them. Raises UsageError for what cannot be used."""
    understood = _understood(chosen)
    if model.where is not None:
        return replace(sampling_for(None, understood), chosen=tuple(sorted(understood)))
    return sampling_for(model.known, understood)


def _understood(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """As it comes out of JSON, and without what only another version knows."""
    known = {name: value for name, value in chosen.items() if name in _FIELDS}
    for name in ("stop", "dry_sequence_breakers"):
        if name in known:
            known[name] = tuple(known[name])
    if "logit_bias" in known:
        known["logit_bias"] = {int(token): bias for token, bias in known["logit_bias"].items()}
    return known

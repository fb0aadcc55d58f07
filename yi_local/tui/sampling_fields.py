"""The sampling that people set by hand: the fields, and what is typed into them."""

from collections.abc import Mapping
from typing import Any

from yi_local.language import mark, tr
from yi_local.types import SamplingOptions

FIELDS: tuple[tuple[str, str], ...] = (  # of SamplingOptions, and what they are called
    ("temperature", mark("Temperature")),
    ("top_p", mark("Top p")),
    ("top_k", mark("Top k")),
    ("min_p", mark("Min p")),
    ("repeat_penalty", mark("Repeat penalty")),
    ("max_tokens", mark("Longest answer (tokens)")),
    ("seed", mark("Seed")),
)
_WHOLE = frozenset({"top_k", "max_tokens", "seed"})


class NotANumber(ValueError):
    """What was typed cannot be; `field` says where."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def as_text(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def read_fields(texts: Mapping[str, str]) -> dict[str, Any]:
    """Those that are filled. Raises NotANumber."""
    return {name: _read(name, text.strip()) for name, text in texts.items() if text.strip()}


def _read(name: str, text: str) -> int | float:
    label = dict(FIELDS)[name]
    label = tr(label)
    try:
        value = int(text) if name in _WHOLE else float(text.replace(",", "."))
    except ValueError:
        if name in _WHOLE:
            sentence = tr('{field} is a whole number, not "{text}".', field=label, text=text)
        else:
            sentence = tr('{field} is a number, not "{text}".', field=label, text=text)
        raise NotANumber(sentence, name) from None
    one: dict[str, Any] = {name: value}
    try:
        SamplingOptions(**one)
    except ValueError:
        sentence = tr("{field} cannot be {text}.", field=label, text=text)
        raise NotANumber(sentence, name) from None
    return value

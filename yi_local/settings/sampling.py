"""A preset's sampling: a table of TOML <-> fields of SamplingOptions."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from yi_local.language import mark, tr
from yi_local.types import SamplingOptions

_NO_TASTE = ("top_logprobs", "chosen")  # what a program wants to know, or to leave open
_TYPES = {
    field.name: field.type for field in fields(SamplingOptions) if field.name not in _NO_TASTE
}
_EXPECTED = {  # the type of a field -> what is to be written
    int: mark("a whole number"),
    int | None: mark("a whole number"),
    float: mark("a number"),
    tuple[str, ...]: mark("a list of texts"),
    str | None: mark("text"),
    Mapping[int, float]: mark("a table of token ids with numbers"),
}


class WrongOption(Exception):
    """`option` is the key; the message is a sentence without its end."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


def sampling_from(table: Mapping[str, Any]) -> dict[str, Any]:
    """Raises WrongOption for an unknown option, a wrong type, a value out of range."""
    chosen: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _TYPES:
            raise WrongOption(key, tr('there is no sampling option "{option}"', option=key))
        try:
            chosen[key] = _read(_TYPES[key], value)
        except (TypeError, ValueError):
            expected = tr(_EXPECTED[_TYPES[key]])  # type: ignore[index]
            sentence = tr("{option} must be {expected}", option=key, expected=expected)
            raise WrongOption(key, sentence) from None
        try:
            SamplingOptions(**{key: chosen[key]})
        except ValueError as error:
            raise WrongOption(key, str(error)) from None
    try:
        SamplingOptions(**chosen)
    except ValueError as error:  # of options that exclude each other
        raise WrongOption("", str(error)) from None
    return chosen


def sampling_table(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """As TOML can say it; what is None is left out."""
    return {key: _written(value) for key, value in chosen.items() if value is not None}


def _written(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return list(value)
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items()}
    return value


def _read(kind: object, value: Any) -> Any:
    """Raises TypeError or ValueError for anything else than the kind."""
    if kind in (int, int | None):
        return _instance(value, int)
    if kind is float:
        return float(_instance(value, int, float))
    if kind == str | None:
        return _instance(value, str)
    if kind == tuple[str, ...]:
        return tuple(_instance(one, str) for one in _instance(value, list))
    biases = _instance(value, dict)
    return {int(token): float(_instance(bias, int, float)) for token, bias in biases.items()}


def _instance(value: Any, *kinds: type) -> Any:
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise TypeError
    return value

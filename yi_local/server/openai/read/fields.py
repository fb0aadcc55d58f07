"""The fields of a JSON object, each read as what it must be."""

from collections.abc import Iterator, Sequence
from typing import Any

from yi_local.language import tr
from yi_local.server.openai.wrong import WrongRequest
from yi_local.types import Json


class Fields:
    """`null` is as good as a field that is not there; a field nobody asks for is ignored.

    Every wrong type is a WrongRequest that names the field's place.
    """

    def __init__(self, table: Json, place: str = "") -> None:
        self._table = table
        self._place = place

    def place(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def has(self, name: str) -> bool:
        return self._table.get(name) is not None

    def raw(self, name: str) -> Any:
        return self._table.get(name)

    def text(self, name: str) -> str | None:
        value: str | None = self._of(name, str, tr("a string"))
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._table.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(name, tr("true or false"))
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        value = self._table.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, tr("a whole number"))
        if not low <= value <= high:
            raise self.wrong(
                name, tr("a whole number between {low} and {high}", low=low, high=high)
            )
        return value

    def number(self, name: str) -> float | None:
        value = self._table.get(name)
        return None if value is None else self.as_number(name, value)

    def as_number(self, name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, tr("a number"))
        try:
            return float(value)
        except OverflowError:
            raise self.wrong(name, tr("a number")) from None

    def table(self, name: str) -> "Fields | None":
        value = self._of(name, dict, tr("an object"))
        return None if value is None else Fields(value, self.place(name))

    def tables(self, name: str, at_most: int) -> Iterator["Fields"]:
        """Of a list of objects."""
        for number, item in enumerate(self.items(name, at_most)):
            place = f"{self.place(name)}[{number}]"
            if not isinstance(item, dict):
                raise _wrong(place, tr("an object"))
            yield Fields(item, place)

    def items(self, name: str, at_most: int) -> list[Any]:
        """Of a list; empty where there is none."""
        value: list[Any] = self._of(name, list, tr("a list")) or []
        if len(value) > at_most:
            raise WrongRequest(
                tr("{place} may have {n} entries at most.", place=self.place(name), n=at_most),
                param=self.place(name),
            )
        return value

    def one_of(self, name: str, words: Sequence[str]) -> str | None:
        value = self._table.get(name)
        if value is None or value in words:
            return value
        raise self.wrong(name, tr("one of {words}", words=", ".join(words)))

    def entries(self, name: str) -> Json:
        """Of an object; empty where there is none."""
        return self._of(name, dict, tr("an object")) or {}

    def needed(self, name: str) -> None:
        if not self.has(name):
            raise WrongRequest(
                tr("{place} is missing.", place=self.place(name)), param=self.place(name)
            )

    def wrong(self, name: str, expected: str) -> WrongRequest:
        return _wrong(self.place(name), expected)

    def refused(self, name: str, message: str, hint: str | None = None) -> WrongRequest:
        """For what is well formed, and cannot be done."""
        return WrongRequest(message, hint, param=self.place(name))

    def _of(self, name: str, kind: type, expected: str) -> Any:
        value = self._table.get(name)
        if value is not None and not isinstance(value, kind):
            raise self.wrong(name, expected)
        return value


def _wrong(place: str, expected: str) -> WrongRequest:
    return WrongRequest(
        tr("{place} must be {expected}.", place=place, expected=expected), param=place
    )

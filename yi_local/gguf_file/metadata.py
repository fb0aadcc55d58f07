"""The metadata of a model file: keys and values, without the long lists that nobody asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from yi_local.gguf_file.cursor import Cursor, damaged
from yi_local.language import tr

SHORT_LIST = 64  # lists up to this length are built, longer ones only when asked for
SHORT_NUMBERS = 512  # the same for numbers: one for each layer (LLAMA_MAX_LAYERS)

_SCALARS = {  # gguf's number for a type -> its code in struct
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _LIST = 8, 9
_MAX_ENTRIES = 1 << 16  # real files have fewer than 100

Span = tuple[int, int]  # first byte and the byte after the last, from the start of the file


@dataclass(frozen=True, slots=True)
class SkippedArray:
    """A long list that was passed over."""

    element_type: int  # gguf's number for it; 8 is text
    length: int


def read_metadata(
    cursor: Cursor, count: int, keep_arrays: Collection[str]
) -> tuple[dict[str, Any], dict[str, Span]]:
    """The values: text, numbers, booleans, lists of these, SkippedArray; and where each entry lies.

    Raises CannotLoad for what llama.cpp refuses: keys twice, lists of lists, unknown types.
    """
    if count > _MAX_ENTRIES:
        raise damaged(tr("it claims {count:,} metadata entries", count=count))
    metadata: dict[str, Any] = {}
    spans: dict[str, Span] = {}
    for _ in range(count):
        start = cursor.at
        key = cursor.name(tr("metadata entry"))
        if key in metadata:
            raise damaged(tr("it has the entry {key!r} twice", key=key[:64]))
        metadata[key] = _read_value(cursor, key, key in keep_arrays)
        spans[key] = (start, cursor.at)
    return metadata, spans


def _read_value(cursor: Cursor, key: str, keep: bool) -> Any:
    kind = cursor.number("I")
    if kind in _SCALARS:
        return cursor.number(_SCALARS[kind])
    if kind == _STRING:
        return cursor.text()
    if kind == _LIST:
        return _read_list(cursor, key, keep)
    raise damaged(tr("the entry {key!r} has the unknown type {kind}", key=key[:64], kind=kind))


def _read_list(cursor: Cursor, key: str, keep: bool) -> Any:
    kind, length = cursor.number("I"), cursor.number("Q")
    build = keep or length <= (SHORT_NUMBERS if kind in _SCALARS else SHORT_LIST)
    if kind in _SCALARS:
        if build:
            return cursor.numbers(_SCALARS[kind], length)
        cursor.skip_numbers(_SCALARS[kind], length)
    elif kind == _STRING:
        if build:
            return cursor.texts(length)
        cursor.skip_texts(length)
    else:
        what = tr("lists") if kind == _LIST else tr("the unknown type {kind}", kind=kind)
        raise damaged(tr("the entry {key!r} is a list of {what}", key=key[:64], what=what))
    return SkippedArray(kind, length)

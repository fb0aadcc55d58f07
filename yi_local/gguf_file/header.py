"""Reads a GGUF header: metadata, tensor infos, nothing of the weights.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3; the
byte order is the one in which the version number is small).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from struct import Struct, error, unpack_from
from typing import Any, Literal, Protocol

from yi_local.errors import CannotLoad
from yi_local.gguf_file.quantization import tensor_bytes

MAGIC = b"GGUF"
_SHORT = 64  # arrays up to this length are built, longer ones only when asked for
_DEEPEST = 4  # arrays of arrays; no real file has more than one level
_SCALARS = {
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
_STRING, _ARRAY = 8, 9
_SMALLEST_ENTRY = 8 + 4 + 1  # a key's length, a type, a one-byte value
_SMALLEST_TENSOR = 8 + 4 + 4 + 8  # a name's length, the dimension count, a type, an offset


@dataclass(frozen=True, slots=True)
class SkippedArray:
    """A long array that was passed over."""

    element_type: int
    length: int


@dataclass(frozen=True, slots=True)
class TensorInfo:
    name: str
    shape: tuple[int, ...]  # ggml's order: the fastest dimension first
    ggml_type: int
    offset: int  # bytes from data_offset

    @property
    def n_bytes(self) -> int | None:
        """None for a ggml type we do not know."""
        return tensor_bytes(self.ggml_type, self.shape)


@dataclass(frozen=True, slots=True)
class GgufHeader:
    version: int
    byte_order: Literal["little", "big"]
    metadata: Mapping[str, Any]  # text, numbers, booleans, short lists, SkippedArray
    tensors: tuple[TensorInfo, ...]
    alignment: int  # bytes
    data_offset: int  # bytes from the start of the file

    def text(self, key: str) -> str | None:
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    def integer(self, key: str) -> int | None:
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, key: str) -> bool | None:
        value = self.metadata.get(key)
        return value if isinstance(value, bool) else None

    @property
    def architecture(self) -> str:
        return self.text("general.architecture") or "unknown"

    @property
    def data_end(self) -> int:
        """Where the last tensor ends: a smaller file is cut short."""
        ends = (tensor.offset + (tensor.n_bytes or 0) for tensor in self.tensors)
        return self.data_offset + max(ends, default=0)


class Source(Protocol):
    """Anything that can give the first bytes of a file."""

    @property
    def size(self) -> int | None:
        """Bytes of the whole file, where known."""

    def head(self, length: int) -> Any:
        """A buffer of the first `length` bytes or more, fewer only where the file ends."""


def read_header(source: Source, *, keep_arrays: Collection[str] = ()) -> GgufHeader:
    """Reads as much as is needed. Raises CannotLoad for what is not a whole GGUF header."""
    length = 1 << 20
    while True:
        buffer = source.head(length)
        try:
            return _Parser(buffer, source.size, keep_arrays).header()
        except _NeedMore:
            if len(buffer) < length:
                raise CannotLoad(
                    "The file ends in the middle of its header: it was not written whole.",
                    "Download it again.",
                ) from None
            length = max(length * 2, len(buffer) + 1)


class _NeedMore(Exception):
    """The buffer ended before the header did."""


class _Parser:
    def __init__(self, buffer: Any, size: int | None, keep_arrays: Collection[str]) -> None:
        self._buffer = buffer
        self._at = 4
        self._limit = size if size is not None else 1 << 40
        self._keep = frozenset(keep_arrays)
        self._order = "<"

    def header(self) -> GgufHeader:
        if len(self._buffer) < 8:
            raise _NeedMore
        if self._buffer[:4] != MAGIC:
            raise CannotLoad("This is not a GGUF file.", "Choose a file whose name ends in .gguf.")
        version = self._version()
        n_tensors, n_entries = self._number("Q"), self._number("Q")
        self._check_count(n_tensors, _SMALLEST_TENSOR, "tensors")
        self._check_count(n_entries, _SMALLEST_ENTRY, "metadata entries")
        metadata: dict[str, Any] = {}
        for _ in range(n_entries):
            key = self._text()
            metadata[key] = self._value(self._number("I"), key)
        tensors = tuple(self._tensor() for _ in range(n_tensors))
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
            raise _damaged(f"its alignment is {alignment!r}")
        return GgufHeader(
            version=version,
            byte_order="little" if self._order == "<" else "big",
            metadata=metadata,
            tensors=tensors,
            alignment=alignment,
            data_offset=-(-self._at // alignment) * alignment,
        )

    def _version(self) -> int:
        little, big = (unpack_from(order + "I", self._buffer, 4)[0] for order in "<>")
        self._order = "<" if little <= big else ">"
        self._at = 8
        version = min(little, big)
        if version not in (2, 3):
            raise CannotLoad(
                f"This GGUF is of version {version}; versions 2 and 3 can be read.",
                "Look for a newer conversion of the same model.",
            )
        return int(version)

    def _tensor(self) -> TensorInfo:
        name = self._text()
        n_dims = self._number("I")
        if n_dims > 8:
            raise _damaged(f"the tensor {name[:40]!r} has {n_dims} dimensions")
        shape = tuple(self._number("Q") for _ in range(n_dims))
        return TensorInfo(name, shape, self._number("I"), self._number("Q"))

    def _value(self, kind: int, key: str) -> Any:
        if kind in _SCALARS:
            return self._number(_SCALARS[kind])
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            return self._array(key in self._keep, 1)
        raise _damaged(f"the entry {key[:40]!r} has the unknown type {kind}")

    def _array(self, keep: bool, depth: int) -> Any:
        kind, length = self._number("I"), self._number("Q")
        build = keep or length <= _SHORT
        if kind in _SCALARS:
            return self._scalars(kind, length, build)
        if kind == _STRING:
            self._check_count(length, 8, "strings in one list")
            return self._texts(length) if build else self._skip_texts(length)
        if kind != _ARRAY or depth >= _DEEPEST:
            raise _damaged(f"a list holds the type {kind} at depth {depth}")
        self._check_count(length, 12, "lists in one list")
        values = [self._array(keep, depth + 1) for _ in range(length)]
        return values if build else SkippedArray(kind, length)

    def _scalars(self, kind: int, length: int, build: bool) -> Any:
        code = _SCALARS[kind]
        width = Struct(self._order + code).size
        self._check_count(length, width, "numbers in one list")
        end = self._at + length * width
        if end > len(self._buffer):
            raise _NeedMore
        start, self._at = self._at, end
        if not build:
            return SkippedArray(kind, length)
        return list(unpack_from(f"{self._order}{length}{code}", self._buffer, start))

    def _texts(self, length: int) -> list[str]:
        buffer, at, texts = self._buffer, self._at, []
        read: Callable[[Any, int], tuple[int]] = Struct(self._order + "Q").unpack_from
        try:
            for _ in range(length):
                start = at + 8
                at = start + read(buffer, at)[0]
                if at > len(buffer):
                    break
                texts.append(bytes(buffer[start:at]).decode("utf-8", "replace"))
        except error:
            raise self._short_or_damaged(at) from None
        if at > len(buffer):
            raise self._short_or_damaged(at)
        self._at = at
        return texts

    def _skip_texts(self, length: int) -> SkippedArray:
        """The hot loop of a header: a vocabulary has up to 260,000 strings, its merges as many."""
        buffer, at = self._buffer, self._at
        read: Callable[[Any, int], tuple[int]] = Struct(self._order + "Q").unpack_from
        try:
            for _ in range(length):
                at += 8 + read(buffer, at)[0]
        except error:
            raise self._short_or_damaged(at) from None
        if at > len(buffer):
            raise self._short_or_damaged(at)
        self._at = at
        return SkippedArray(_STRING, length)

    def _text(self) -> str:
        length = self._number("Q")
        end = self._at + length
        if end > len(self._buffer):
            raise self._short_or_damaged(end)
        start, self._at = self._at, end
        return bytes(self._buffer[start:end]).decode("utf-8", "replace")

    def _number(self, code: str) -> Any:
        try:
            value = unpack_from(self._order + code, self._buffer, self._at)[0]
        except error:
            raise _NeedMore from None
        self._at += Struct(self._order + code).size
        return value

    def _check_count(self, count: int, smallest: int, what: str) -> None:
        """A count that the whole file could not hold is damage, not a reason to read on."""
        if count * smallest > self._limit - self._at:
            raise _damaged(f"it claims {count} {what}")

    def _short_or_damaged(self, end: int) -> Exception:
        if end > self._limit and self._limit > len(self._buffer):
            return _damaged("a length in it points past the end of the file")
        return _NeedMore()


def _damaged(reason: str) -> CannotLoad:
    return CannotLoad(f"The file's header is damaged: {reason}.", "Download it again.")


def check_complete(header: GgufHeader, file_bytes: int) -> None:
    """Raises CannotLoad when the file is smaller than its header says."""
    if file_bytes < header.data_end:
        raise CannotLoad(
            f"The file is cut short: it has {file_bytes:,} of {header.data_end:,} bytes.",
            "The download did not finish; fetch it again.",
        )

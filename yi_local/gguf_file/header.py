"""Reads a GGUF header: metadata, tensor infos, nothing of the weights.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3; the
byte order is the one in which the version number is small). What llama.cpp's own reader refuses
as inconsistent (ggml/src/gguf.cpp) is refused here too, in words.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from yi_local.errors import CannotLoad
from yi_local.gguf_file.cursor import Cursor, damaged, ends_early
from yi_local.gguf_file.foreign import MAGIC, SNIFFED, refusal
from yi_local.gguf_file.metadata import SkippedArray, Span, read_metadata
from yi_local.gguf_file.quantization import FILE_TYPES
from yi_local.gguf_file.source import Source
from yi_local.gguf_file.tensors import (
    TensorInfo,
    bits_per_weight,
    padded,
    quant_of_tensors,
    read_tensors,
)
from yi_local.language import tr
from yi_local.text import human_bytes

_DEFAULT_ALIGNMENT = 32  # bytes; GGUF_DEFAULT_ALIGNMENT


@dataclass(frozen=True, slots=True)
class GgufHeader:
    version: int
    byte_order: Literal["little", "big"]
    metadata: Mapping[str, Any]  # text, numbers, booleans, lists of these, SkippedArray
    tensors: tuple[TensorInfo, ...]  # of this file; the other shards have theirs
    alignment: int  # bytes
    data_offset: int  # bytes from the start of the file
    spans: Mapping[str, Span] = field(repr=False)  # where each metadata entry lies, key and all

    def text(self, key: str) -> str | None:
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    def integer(self, key: str) -> int | None:
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def number(self, key: str) -> float | None:
        """Stored with or without a fraction."""
        value = self.metadata.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value)

    def flag(self, key: str) -> bool | None:
        value = self.metadata.get(key)
        return value if isinstance(value, bool) else None

    @property
    def architecture(self) -> str | None:
        return self.text("general.architecture")

    @property
    def n_vocab(self) -> int | None:
        """The tokens of its vocabulary; for a file without one, what its architecture declares."""
        tokens = self.metadata.get("tokenizer.ggml.tokens")
        if isinstance(tokens, SkippedArray):
            return tokens.length
        if isinstance(tokens, list):
            return len(tokens)
        return self.integer(f"{self.architecture}.vocab_size")

    @property
    def quant(self) -> str | None:
        """As the file declares it ("Q4_K_M"), else the type of most of its bytes ("Q4_K")."""
        declared = self.integer("general.file_type")
        name = FILE_TYPES.get(declared) if declared is not None else None
        return name or quant_of_tensors(self.tensors)

    @property
    def bits_per_weight(self) -> float | None:
        return bits_per_weight(self.tensors)

    @property
    def data_end(self) -> int:
        """Where the last tensor ends, in bytes from the start: a smaller file is cut short.

        A tensor of an unknown type counts as empty, so that this never asks too much.
        """
        ends = (tensor.offset + (tensor.n_bytes or 0) for tensor in self.tensors)
        return self.data_offset + max(ends, default=0)


def read_header(source: Source, *, keep_arrays: Collection[str] = ()) -> GgufHeader:
    """Reads as much as is needed. Raises CannotLoad for what is not a whole GGUF header.

    Lists of more than SHORT_LIST entries become SkippedArray but for the keys in `keep_arrays`.
    Values that are not UTF-8 get replacement characters; names that are not are damage.
    """
    start = bytes(source.head(SNIFFED)[:SNIFFED])
    if not start or not MAGIC.startswith(start[:4]):
        raise refusal(start, tr("The file"))
    if len(start) < 8:
        raise ends_early()
    version, byte_order = _version(start)
    cursor = Cursor(source, 8, "<" if byte_order == "little" else ">")
    n_tensors, n_entries = cursor.number("Q"), cursor.number("Q")
    metadata, spans = read_metadata(cursor, n_entries, frozenset(keep_arrays))
    alignment = _alignment(metadata)
    tensors = read_tensors(cursor, n_tensors, alignment)
    return GgufHeader(
        version=version,
        byte_order=byte_order,
        metadata=metadata,
        tensors=tensors,
        alignment=alignment,
        # Without tensors nothing follows that would have to be aligned.
        data_offset=padded(cursor.at, alignment) if tensors else cursor.at,
        spans=spans,
    )


def check_complete(header: GgufHeader, file_bytes: int) -> None:
    """Raises CannotLoad when a file is smaller than its own header says.

    For a model in several files: each file has a header, which speaks of that file alone.
    """
    if file_bytes >= header.data_end:
        return
    part, parts = header.integer("split.no"), header.integer("split.count")
    is_part = part is not None and parts is not None and parts > 1
    name = tr("The file")
    if is_part:
        name = tr("Part {part} of {parts} of the model", part=(part or 0) + 1, parts=parts)
    present, whole = human_bytes(file_bytes), human_bytes(header.data_end)
    if present == whole:  # the last few bytes are missing
        present, whole = f"{file_bytes:,}", tr("{size:,} bytes", size=header.data_end)
    raise CannotLoad(
        tr(
            "{name} is cut short: {present} of {whole} are there.",
            name=name,
            present=present,
            whole=whole,
        ),
        tr("Its download did not finish; download it again."),
    )


def _version(start: bytes) -> tuple[int, Literal["little", "big"]]:
    little, big = (int.from_bytes(start[4:8], order) for order in ("little", "big"))
    version = min(little, big)
    if version == 1:
        raise CannotLoad(
            tr("This is a GGUF of version 1, from August 2023; versions 2 and 3 can be read."),
            tr("Look for a newer conversion of the same model."),
        )
    if version == 0 or version > 0xFF:
        raise damaged(tr("it names {version} as its version", version=little))
    if version > 3:
        raise CannotLoad(
            tr(
                "This is a GGUF of version {version}; versions 2 and 3 can be read.",
                version=version,
            ),
            tr("Look for a newer yi_local, or for the same model in version 3."),
        )
    return version, "little" if little <= big else "big"


def _alignment(metadata: Mapping[str, Any]) -> int:
    alignment = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    is_integer = isinstance(alignment, int) and not isinstance(alignment, bool)
    if not is_integer or not 0 < alignment < 2**32 or alignment & (alignment - 1):
        raise damaged(tr("its alignment is {alignment!r}", alignment=str(alignment)[:64]))
    return int(alignment)

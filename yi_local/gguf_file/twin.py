"""The metadata twin of a model: its header without the vocabulary, for dry loads.

llama.cpp needs a file whose header is whole and whose size covers the tensors' data; what it
would allocate does not depend on the vocabulary, which is most of a header's bytes and of the
time to load it. A twin has 12 to 40 KB.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import pack

from yi_local.errors import CannotLoad
from yi_local.gguf_file.header import GgufHeader
from yi_local.gguf_file.metadata import SkippedArray
from yi_local.gguf_file.source import Source
from yi_local.gguf_file.tensors import TensorInfo, padded
from yi_local.language import tr

_MODEL_KEY = "tokenizer.ggml.model"
_NO_VOCAB = "no_vocab"  # llama.cpp's name for a model without one (src/llama-vocab.cpp)
_UINT32, _STRING = 4, 8  # gguf's numbers for these types


@dataclass(frozen=True, slots=True)
class Twin:
    header: bytes
    size_bytes: int  # of the file: after the header there is a hole


def twin_of(parts: Sequence[tuple[Source, GgufHeader]]) -> Twin:
    """From the headers of all shards, the first one leading, one file's twin.

    Raises CannotLoad for a tensor type whose size we do not know.
    """
    source, first = parts[0]
    order = "<" if first.byte_order == "little" else ">"
    tensors = [tensor for _, header in parts for tensor in header.tensors]
    table, data_bytes = _tensor_table(order, tensors, first.alignment)
    entries = [*_kept_entries(source, first), *_vocabulary(order, first)]
    header = b"".join(
        (
            b"GGUF",
            pack(order + "IQQ", first.version, len(tensors), len(entries)),
            *entries,
            table,
        )
    )
    header += bytes(padded(len(header), first.alignment) - len(header))
    return Twin(header, len(header) + data_bytes)


def _kept_entries(source: Source, header: GgufHeader) -> Iterator[bytes]:
    """As they stand in the file: llama.cpp is strict about the types of numbers."""
    dropped = {_MODEL_KEY, "tokenizer.chat_template", f"{header.architecture}.vocab_size"}
    for key, (start, end) in header.spans.items():
        is_list = isinstance(header.metadata[key], SkippedArray | list)
        of_vocabulary = key.startswith("tokenizer.") and is_list
        if key not in dropped and not of_vocabulary and not key.startswith("split."):
            yield bytes(source.head(end)[start:end])


def _vocabulary(order: str, header: GgufHeader) -> Iterator[bytes]:
    yield _string(order, _MODEL_KEY) + pack(order + "I", _STRING) + _string(order, _NO_VOCAB)
    if header.n_vocab is not None:
        key = _string(order, f"{header.architecture}.vocab_size")
        yield key + pack(order + "II", _UINT32, header.n_vocab)


def _tensor_table(order: str, tensors: Sequence[TensorInfo], alignment: int) -> tuple[bytes, int]:
    """Offsets are new: in a model of several files each counts from its own data."""
    infos, offset = [], 0
    for tensor in tensors:
        if tensor.n_bytes is None:
            raise CannotLoad(
                tr(
                    "The tensor {name!r} is of the unknown type {ggml_type}.",
                    name=tensor.name[:64],
                    ggml_type=tensor.ggml_type,
                ),
                tr("A newer yi_local may know it."),
            )
        shape = pack(f"{order}{len(tensor.shape)}Q", *tensor.shape)
        kind = pack(order + "IQ", tensor.ggml_type, offset)
        infos.append(
            _string(order, tensor.name) + pack(order + "I", len(tensor.shape)) + shape + kind
        )
        offset += padded(tensor.n_bytes, alignment)
    return b"".join(infos), offset


def _string(order: str, text: str) -> bytes:
    data = text.encode()
    return pack(order + "Q", len(data)) + data

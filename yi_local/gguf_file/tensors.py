"""The tensors of a model file: names, shapes and types, without their data."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from yi_local.gguf_file.cursor import Cursor, damaged
from yi_local.gguf_file.quantization import GGML_TYPES, tensor_bytes
from yi_local.language import tr

_MAX_TENSORS = 1 << 17  # the largest models have a few thousand
_MAX_DIMS = 4  # GGML_MAX_DIMS
_MAX_ELEMENTS = 2**63 - 1  # ggml counts in int64


@dataclass(frozen=True, slots=True)
class TensorInfo:
    name: str
    shape: tuple[int, ...]  # ggml's order: the fastest dimension first
    ggml_type: int
    offset: int  # bytes from the header's data_offset

    @property
    def n_elements(self) -> int:
        return prod(self.shape)

    @property
    def n_bytes(self) -> int | None:
        """None for a ggml type we do not know."""
        return tensor_bytes(self.ggml_type, self.shape)


def read_tensors(cursor: Cursor, count: int, alignment: int) -> tuple[TensorInfo, ...]:
    """Raises CannotLoad for what llama.cpp refuses: names twice, gaps or overlaps in the data."""
    if count > _MAX_TENSORS:
        raise damaged(tr("it claims {count:,} tensors", count=count))
    tensors: dict[str, TensorInfo] = {}
    expected: int | None = 0  # offset of the next one; None after a type that we cannot measure
    for _ in range(count):
        tensor = _read_tensor(cursor)
        if tensor.name in tensors:
            raise damaged(tr("it has the tensor {name!r} twice", name=tensor.name[:64]))
        if tensor.offset % alignment or expected not in (None, tensor.offset):
            raise damaged(
                tr("the tensor {name!r} does not follow the one before it", name=tensor.name[:64])
            )
        tensors[tensor.name] = tensor
        size = tensor.n_bytes if _is_readable(tensor.ggml_type) else None
        expected = None if size is None else padded(tensor.offset + size, alignment)
    return tuple(tensors.values())


def _read_tensor(cursor: Cursor) -> TensorInfo:
    name = cursor.name(tr("tensor"))
    n_dims = cursor.number("I")
    if n_dims > _MAX_DIMS:
        raise damaged(
            tr("the tensor {name!r} has {n_dims} dimensions", name=name[:64], n_dims=n_dims)
        )
    shape = tuple(cursor.number("Q") for _ in range(n_dims))
    if any(n > _MAX_ELEMENTS for n in shape) or prod(shape) > _MAX_ELEMENTS:
        raise damaged(tr("the tensor {name!r} has an absurd shape", name=name[:64]))
    ggml_type, offset = cursor.number("I"), cursor.number("Q")
    if _is_readable(ggml_type) and (shape or (1,))[0] % GGML_TYPES[ggml_type].block_elements:
        raise damaged(
            tr("the rows of the tensor {name!r} are no whole number of blocks", name=name[:64])
        )
    return TensorInfo(name, shape, ggml_type, offset)


def _is_readable(ggml_type: int) -> bool:
    """By us and by llama.cpp: of other types nothing is demanded here."""
    return ggml_type in GGML_TYPES and not GGML_TYPES[ggml_type].removed


def padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def quant_of_tensors(tensors: Iterable[TensorInfo]) -> str | None:
    """The type that takes the most bytes ("Q4_K" for what is sold as Q4_K_M).

    None without tensors, and where the size of one of them is unknown.
    """
    total: Counter[int] = Counter()
    for tensor in tensors:
        if tensor.n_bytes is None:
            return None
        total[tensor.ggml_type] += tensor.n_bytes
    return GGML_TYPES[total.most_common(1)[0][0]].name if total else None


def bits_per_weight(tensors: Iterable[TensorInfo]) -> float | None:
    """Over all tensors; None without weights, and where the size of one of them is unknown."""
    elements = size = 0
    for tensor in tensors:
        if tensor.n_bytes is None:
            return None
        elements += tensor.n_elements
        size += tensor.n_bytes
    return 8 * size / elements if elements else None

"""The bytes of weights in llama.cpp's buffers, each tensor padded (memory.md, 7.1)."""

from collections.abc import Iterable

from yi_local.gguf_file import GGML_TYPES, TensorInfo

_CPU_ALIGNMENT, _GPU_ALIGNMENT = 32, 128  # bytes
_CUDA_LIKE = {"CUDA", "ROCm", "MUSA"}  # ggml-cuda compiled for three vendors
_CUDA_ROW = 512  # elements, to which it pads the last row of a quantized tensor


def weights_bytes(tensors: Iterable[TensorInfo], backend: str) -> int:
    alignment = _CPU_ALIGNMENT if backend == "CPU" else _GPU_ALIGNMENT
    return sum(_padded_bytes(tensor, backend, alignment) for tensor in tensors)


def _padded_bytes(tensor: TensorInfo, backend: str, alignment: int) -> int:
    size = tensor.n_bytes or 0
    kind = GGML_TYPES[tensor.ggml_type]
    if backend in _CUDA_LIKE and kind.block_elements > 1:
        missing = -tensor.shape[0] % _CUDA_ROW
        size += missing // kind.block_elements * kind.block_bytes
    return -(-size // alignment) * alignment

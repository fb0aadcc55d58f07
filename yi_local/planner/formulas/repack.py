"""Which weights the CPU keeps rearranged for its own instructions, in memory of their own.

ggml/src/ggml-cpu/repack.cpp at 0c1e57098 (memory.md, 7.7). The size stays the same, but the pages
of the file do no longer serve; with a GPU present llama.cpp does not rearrange (pinned memory).
"""

from yi_local.gguf_file import GGML_TYPES, TensorInfo
from yi_local.hardware.snapshot import Cpu

_ANYWHERE = {"Q4_0", "Q4_K", "IQ4_NL", "MXFP4"}  # with AVX2 as well as with ARM's dot product
_ARM = {"Q5_K", "Q6_K", "Q8_0"}
_AVX512 = {"Q2_K"}
_ROWS_MULTIPLE = 8


def repacked_types(cpu: Cpu | None) -> frozenset[str]:
    """Where the CPU is not known: what every one of the last ten years rearranges."""
    types = set(_ANYWHERE)
    if cpu is not None and cpu.architecture == "arm64":
        types |= _ARM
    if cpu is not None and "AVX512" in cpu.simd:
        types |= _AVX512
    return frozenset(types)


def is_repacked(tensor: TensorInfo, types: frozenset[str]) -> bool:
    """A matrix of such a type, or one for each expert; a table for look-ups stays as it is."""
    is_matrix = len(tensor.shape) == 2 or "_exps." in tensor.name
    fits = is_matrix and tensor.shape[1] % _ROWS_MULTIPLE == 0
    return fits and GGML_TYPES[tensor.ggml_type].name in types

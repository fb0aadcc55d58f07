"""How ggml stores weights: its tensor types, the names of quants.

Facts from llama.cpp at 0c1e57098: ggml/include/ggml.h (types), ggml/src/ggml-common.h (block
sizes), include/llama.h (file types). Sizes of removed types are those of their last release.
"""

from math import prod
from typing import NamedTuple


class GgmlType(NamedTuple):
    name: str
    block_elements: int
    block_bytes: int
    removed: bool = False  # llama.cpp wrote it once and reads it no more

    @property
    def bits_per_weight(self) -> float:
        return 8 * self.block_bytes / self.block_elements


GGML_TYPES: dict[int, GgmlType] = {
    0: GgmlType("F32", 1, 4),
    1: GgmlType("F16", 1, 2),
    2: GgmlType("Q4_0", 32, 18),
    3: GgmlType("Q4_1", 32, 20),
    4: GgmlType("Q4_2", 16, 10, removed=True),
    5: GgmlType("Q4_3", 16, 12, removed=True),
    6: GgmlType("Q5_0", 32, 22),
    7: GgmlType("Q5_1", 32, 24),
    8: GgmlType("Q8_0", 32, 34),
    9: GgmlType("Q8_1", 32, 36),
    10: GgmlType("Q2_K", 256, 84),
    11: GgmlType("Q3_K", 256, 110),
    12: GgmlType("Q4_K", 256, 144),
    13: GgmlType("Q5_K", 256, 176),
    14: GgmlType("Q6_K", 256, 210),
    15: GgmlType("Q8_K", 256, 292),
    16: GgmlType("IQ2_XXS", 256, 66),
    17: GgmlType("IQ2_XS", 256, 74),
    18: GgmlType("IQ3_XXS", 256, 98),
    19: GgmlType("IQ1_S", 256, 50),
    20: GgmlType("IQ4_NL", 32, 18),
    21: GgmlType("IQ3_S", 256, 110),
    22: GgmlType("IQ2_S", 256, 82),
    23: GgmlType("IQ4_XS", 256, 136),
    24: GgmlType("I8", 1, 1),
    25: GgmlType("I16", 1, 2),
    26: GgmlType("I32", 1, 4),
    27: GgmlType("I64", 1, 8),
    28: GgmlType("F64", 1, 8),
    29: GgmlType("IQ1_M", 256, 56),
    30: GgmlType("BF16", 1, 2),
    31: GgmlType("Q4_0_4_4", 32, 18, removed=True),
    32: GgmlType("Q4_0_4_8", 32, 18, removed=True),
    33: GgmlType("Q4_0_8_8", 32, 18, removed=True),
    34: GgmlType("TQ1_0", 256, 54),
    35: GgmlType("TQ2_0", 256, 66),
    36: GgmlType("IQ4_NL_4_4", 32, 18, removed=True),
    37: GgmlType("IQ4_NL_4_8", 32, 18, removed=True),
    38: GgmlType("IQ4_NL_8_8", 32, 18, removed=True),
    39: GgmlType("MXFP4", 32, 17),
    40: GgmlType("NVFP4", 64, 36),
    41: GgmlType("Q1_0", 128, 18),
    42: GgmlType("Q2_0", 64, 18),
}

REMOVED_TYPES: dict[int, str] = {
    number: kind.name for number, kind in GGML_TYPES.items() if kind.removed
}

# general.file_type: what the quantizer was asked for; single tensors may be of other types
FILE_TYPES: dict[int, str] = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    4: "Q4_1",  # with F16 embeddings and output
    5: "Q4_2",
    6: "Q4_3",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    33: "Q4_0_4_4",
    34: "Q4_0_4_8",
    35: "Q4_0_8_8",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4_MOE",
    39: "NVFP4",
    40: "Q1_0",
    41: "Q2_0",
}


def tensor_bytes(ggml_type: int, shape: tuple[int, ...]) -> int | None:
    """The size of a tensor's data; None for a type we do not know."""
    kind = GGML_TYPES.get(ggml_type)
    return prod(shape) // kind.block_elements * kind.block_bytes if kind else None

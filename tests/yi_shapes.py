"""Yi-6B, Yi-9B and Yi-34B by their headers alone, in the types that llama.cpp's quantizer chooses.

The rules are those of `llama_tensor_get_type_impl` (src/llama-quant.cpp at 0c1e57098), for a model
without experts, with at least four query heads for each KV head, and no importance matrix.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gguf import GGMLQuantizationType as Type

from tests.architectures import LLAMA, Shape, Types, mixed, write_shape

_YI_6B = Shape(
    "llama", 32, 4096, 64_000, LLAMA,
    n_ff=11_008, n_head=32, n_head_kv=4, head_dim=128, values={"rope.freq_base": 5e6},
)  # fmt: skip

YI_SHAPES: Mapping[str, Shape] = {
    "yi-6b": _YI_6B,
    "yi-9b": replace(_YI_6B, n_layer=48),
    "yi-34b": replace(
        _YI_6B, n_layer=60, n_embd=7168, n_ff=20_480, n_head=56, n_head_kv=8
    ),
}  # fmt: skip


def write_header_only(path: Path, model: str, quant: str) -> Path:
    """As large as the real file by its size, 1.6 MB on disk."""
    return write_shape(path, yi_shape(model, quant))


def yi_shape(model: str, quant: str) -> Shape:
    return replace(YI_SHAPES[model], types=QUANTS[quant])


def _more_bits(layer: int, n_layer: int) -> bool:
    """`use_more_bits`: the first eighth, the last one, and every third layer between them."""
    eighth = n_layer // 8
    return layer < eighth or layer >= 7 * n_layer // 8 or (layer - eighth) % 3 == 2


def _medium(default: Type) -> Types:
    """Q4_K_M and Q5_K_M."""

    def choose(name: str, layer: int, n_layer: int) -> Type:
        better = name in ("attn_v", "ffn_down") and _more_bits(layer, n_layer)
        return Type.Q6_K if better or name == "output" else default

    return choose


def _iq4_xs(name: str, layer: int, n_layer: int) -> Type:
    if name == "ffn_down" and layer < n_layer // 8:
        return Type.Q5_K
    return {"output": Type.Q6_K, "attn_v": Type.Q5_K}.get(name, Type.IQ4_XS)


def _q3_k_m(name: str, layer: int, n_layer: int) -> Type:
    first = {"attn_v": 2, "ffn_down": n_layer // 16}.get(name, 0)  # layers that get more bits
    if layer < first:
        return Type.Q5_K
    if name in ("attn_v", "ffn_down", "attn_output"):
        return Type.Q4_K
    return Type.Q6_K if name == "output" else Type.Q3_K


QUANTS: Mapping[str, Types] = {
    "Q8_0": mixed(Type.Q8_0),
    "Q6_K": mixed(Type.Q6_K),
    "Q5_K_M": _medium(Type.Q5_K),
    "Q4_K_M": _medium(Type.Q4_K),
    "IQ4_XS": _iq4_xs,
    "Q3_K_M": _q3_k_m,
    "Q2_K": mixed(
        Type.Q2_K,
        output=Type.Q6_K, attn_v=Type.Q4_K, ffn_down=Type.Q3_K, attn_output=Type.Q3_K,
    ),
}  # fmt: skip

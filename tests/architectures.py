"""Sparse GGUF files of many architectures, which llama.cpp really loads.

The shapes follow the models they are named after, with fewer or narrower layers: 50 to 300 MB each,
of which a few reach the disk. Which tensors an architecture demands stands in llama.cpp's
src/models/*.cpp, here at 0c1e57098.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
from gguf import GGMLQuantizationType as Type

from tests.sparse_gguf import Tensor, write_sparse

Types = Callable[[str, int, int], Type]  # of a matrix: name in its layer, layer, number of layers


def mixed(default: Type, **others: Type) -> Types:
    """The same in all layers."""
    return lambda name, layer, n_layer: others.get(name, default)


Q4_K_M = mixed(
    Type.Q4_K, attn_v=Type.Q6_K, ffn_down=Type.Q6_K, ffn_down_exps=Type.Q6_K, output=Type.Q6_K
)


@dataclass(frozen=True)
class Shape:
    architecture: str
    n_layer: int
    n_embd: int
    n_vocab: int
    layer: str  # its tensors, as in the tables below
    layers: Mapping[int, str] = field(default_factory=dict)  # those unlike the others
    n_ff: int = 0
    n_head: int = 0
    n_head_kv: int = 0
    head_dim: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)  # more hyperparameters
    types: Types = Q4_K_M
    tied: bool = False  # the output is the embedding
    bpe: bool = False  # a vocabulary with merges

    def hyperparameters(self) -> dict[str, Any]:
        heads = {
            "attention.head_count_kv": self.n_head_kv,
            "attention.key_length": self.head_dim,
            "attention.value_length": self.head_dim,
            "rope.dimension_count": self.head_dim,
        }
        return {
            "vocab_size": self.n_vocab,
            "context_length": 131_072,
            "block_count": self.n_layer,
            "embedding_length": self.n_embd,
            "feed_forward_length": self.n_ff,
            "attention.head_count": self.n_head,
            "attention.layer_norm_rms_epsilon": 1e-5,
            **(heads if self.n_head else {}),
            **self.values,
        }

    def tensors(self) -> Iterator[Tensor]:
        sizes = self._sizes()
        ends = _ENDS_LFM2 if self.architecture == "lfm2" else _ENDS
        for entry in ends if self.tied else (*ends, "output embd vocab"):
            yield self._tensor("", entry, sizes, 0)
        for layer in range(self.n_layer):
            for entry in self.layers.get(layer, self.layer).split(","):
                yield self._tensor(f"blk.{layer}.", entry, sizes, layer)

    def _tensor(self, prefix: str, entry: str, sizes: Mapping[str, int], layer: int) -> Tensor:
        """Of the type a converter would choose: F32 if it is small, F16 if no block divides it."""
        name, *letters = entry.split()
        ne = tuple(sizes[letter] for letter in letters)
        kind = self.types(name, layer, self.n_layer)
        if len(ne) == 1 or name.endswith(".bias") or name in _ALWAYS_F32:
            kind = Type.F32
        elif ne[0] % gguf.GGML_QUANT_SIZES[kind][0]:
            kind = Type.F16
        whole = name.endswith(".bias") or name in _BARE
        return Tensor(prefix + name + ("" if whole else ".weight"), ne, kind)

    def _sizes(self) -> dict[str, int]:
        """What the words in the tables stand for."""
        value: Mapping[str, Any] = defaultdict(int, self.values)
        kv, inner = self.n_head_kv * self.head_dim, value["ssm.inner_size"]
        state, expert_ff = value["ssm.state_size"], value["expert_feed_forward_length"]
        rank, rope = value["ssm.time_step_rank"], value["rope.dimension_count"]
        k, v = value["attention.key_length_mla"], value["attention.value_length_mla"]
        kv_rank = value["attention.kv_lora_rank"]
        convolved = inner + 2 * value["ssm.group_count"] * state
        return {
            "1": 1, "vocab": self.n_vocab, "embd": self.n_embd, "3embd": 3 * self.n_embd,
            "head": self.n_head, "head_dim": self.head_dim, "q": self.n_head * self.head_dim,
            "kv": kv, "qkv": self.n_head * self.head_dim + 2 * kv,
            "ff": self.n_ff, "2ff": 2 * self.n_ff,
            "experts": value["expert_count"], "expert_ff": expert_ff or self.n_ff,
            "shared_ff": expert_ff * value["expert_shared_count"],
            "q_rank": value["attention.q_lora_rank"], "mla_q": self.n_head * k,
            "kv_rank": kv_rank, "kv_rank+rope": kv_rank + rope, "nope": k - rope,
            "mla_v": v, "mla_out": self.n_head * v,
            "kernel": value["ssm.conv_kernel"] or value["shortconv.l_cache"],
            "inner": inner, "2inner": 2 * inner, "state": state, "rank": rank,
            "rank+2state": rank + 2 * state, "convolved": convolved,
            "mamba2_in": inner + convolved + rank,
        }  # fmt: skip


def write(path: Path, shape_name: str) -> Path:
    return write_shape(path, SHAPES[shape_name])


def write_shape(path: Path, shape: Shape) -> Path:
    values, tensors = shape.hyperparameters(), shape.tensors()
    return write_sparse(path, shape.architecture, values, tensors, bpe=shape.bpe)


# -- tables: the tensors of a layer, each with its ne; ".weight" goes without saying

_ENDS = ("token_embd embd vocab", "output_norm embd")
_ENDS_LFM2 = ("token_embd embd vocab", "token_embd_norm embd")
_BARE = ("ssm_a", "ssm_d")
_ALWAYS_F32 = ("ffn_gate_inp", "shortconv.conv", "ssm_a", "ssm_conv1d", "ssm_d", "ssm_norm")

_ATTENTION = "attn_norm embd,attn_q embd q,attn_k embd kv,attn_v embd kv,attn_output q embd"
_QKV_BIAS = "attn_q.bias q,attn_k.bias kv,attn_v.bias kv"
_QK_NORM = "attn_q_norm head_dim,attn_k_norm head_dim"
_POST_NORMS = "post_attention_norm embd,post_ffw_norm embd"
_FFN = "ffn_norm embd,ffn_gate embd ff,ffn_up embd ff,ffn_down ff embd"
_EXPERTS = (
    "ffn_gate_inp embd experts,ffn_gate_exps embd expert_ff experts,"
    "ffn_up_exps embd expert_ff experts,ffn_down_exps expert_ff embd experts"
)
_MOE = f"ffn_norm embd,{_EXPERTS}"
_SHARED = "ffn_gate_shexp embd shared_ff,ffn_up_shexp embd shared_ff,ffn_down_shexp shared_ff embd"
_LATENT_ATTENTION = (  # MLA: the KV cache holds one compressed row for each token
    "attn_norm embd,attn_q_a embd q_rank,attn_q_a_norm q_rank,attn_q_b q_rank mla_q,"
    "attn_kv_a_mqa embd kv_rank+rope,attn_kv_a_norm kv_rank,attn_k_b nope kv_rank head,"
    "attn_v_b kv_rank mla_v head,attn_output mla_out embd"
)
_PHI3 = (
    "attn_norm embd,attn_qkv embd qkv,attn_output q embd,"
    "ffn_norm embd,ffn_up embd 2ff,ffn_down ff embd"
)
_GPT_OSS = (
    f"{_ATTENTION},{_QKV_BIAS},attn_output.bias embd,attn_sinks head,post_attention_norm embd,"
    f"{_EXPERTS},ffn_gate_inp.bias experts,ffn_gate_exps.bias expert_ff experts,"
    "ffn_up_exps.bias expert_ff experts,ffn_down_exps.bias embd experts"
)
_MAMBA = (
    "attn_norm embd,ssm_in embd 2inner,ssm_conv1d kernel inner,ssm_conv1d.bias inner,"
    "ssm_x inner rank+2state,ssm_dt rank inner,ssm_dt.bias inner,ssm_a state inner,ssm_d inner,"
    "ssm_out inner embd"
)
_MAMBA2 = (
    "attn_norm embd,ssm_in embd mamba2_in,ssm_conv1d kernel convolved,ssm_conv1d.bias convolved,"
    "ssm_dt.bias rank,ssm_a 1 rank,ssm_d 1 rank,ssm_norm inner 1,ssm_out inner embd"
)
_SHORT_CONVOLUTION = (
    "attn_norm embd,shortconv.conv kernel embd,shortconv.in_proj embd 3embd,"
    "shortconv.out_proj embd embd"
)
LLAMA = f"{_ATTENTION},{_FFN}"

# Every fourth layer of the two hybrids below has attention; the others keep a recurrent state.
_HYBRID_KV = [4 if layer % 4 == 3 else 0 for layer in range(8)]

SHAPES: Mapping[str, Shape] = {
    "llama": Shape(
        "llama", 8, 1024, 32_000, LLAMA, n_ff=2816, n_head=16, n_head_kv=4, head_dim=64
    ),
    "qwen2": Shape(
        "qwen2", 8, 896, 151_936, f"{LLAMA},{_QKV_BIAS}",
        n_ff=4864, n_head=14, n_head_kv=2, head_dim=64, types=mixed(Type.Q8_0), tied=True, bpe=True,
    ),
    "qwen3": Shape(
        "qwen3", 8, 1024, 151_936, f"{LLAMA},{_QK_NORM}",
        n_ff=3072, n_head=16, n_head_kv=8, head_dim=128,
        types=mixed(Type.Q4_K, token_embd=Type.Q6_K), tied=True, bpe=True,
    ),
    "gemma3": Shape(  # of six layers, five see a window
        "gemma3", 12, 640, 262_144, f"{LLAMA},{_QK_NORM},{_POST_NORMS}",
        n_ff=2048, n_head=4, n_head_kv=1, head_dim=256, values={"attention.sliding_window": 512},
        types=mixed(Type.Q4_0, token_embd=Type.Q8_0), tied=True,
    ),
    "phi3": Shape(  # its window is announced, and ignored by llama.cpp
        "phi3", 8, 1024, 32_064, _PHI3,
        n_ff=2816, n_head=16, n_head_kv=16, head_dim=64, values={"attention.sliding_window": 2047},
    ),
    "mixtral": Shape(
        "llama", 6, 512, 32_000, f"{_ATTENTION},{_MOE}",
        n_ff=1792, n_head=8, n_head_kv=2, head_dim=64,
        values={"expert_count": 8, "expert_used_count": 2},
    ),
    "qwen3moe": Shape(
        "qwen3moe", 8, 512, 32_000, f"{_ATTENTION},{_QK_NORM},{_MOE}",
        n_ff=2048, n_head=8, n_head_kv=4, head_dim=64,
        values={
            "expert_count": 32, "expert_used_count": 4, "expert_feed_forward_length": 512,
        },
    ),
    "gpt-oss": Shape(  # every other layer sees a window
        "gpt-oss", 6, 512, 64_000, _GPT_OSS,
        n_ff=512, n_head=16, n_head_kv=4, head_dim=64, bpe=True,
        values={
            "expert_count": 16, "expert_used_count": 4, "expert_feed_forward_length": 512,
            "attention.sliding_window": 128,
        },
        types=mixed(
            Type.Q8_0,
            ffn_gate_exps=Type.MXFP4, ffn_up_exps=Type.MXFP4, ffn_down_exps=Type.MXFP4,
        ),
    ),
    "deepseek2": Shape(
        "deepseek2", 6, 1024, 32_000, f"{_LATENT_ATTENTION},{_MOE},{_SHARED}",
        layers={0: f"{_LATENT_ATTENTION},{_FFN}"}, n_ff=2816, n_head=16,
        values={
            "attention.head_count_kv": 1, "attention.key_length": 576,
            "attention.value_length": 512, "attention.key_length_mla": 192,
            "attention.value_length_mla": 128, "attention.q_lora_rank": 512,
            "attention.kv_lora_rank": 512, "rope.dimension_count": 64,
            "leading_dense_block_count": 1, "expert_count": 16, "expert_used_count": 4,
            "expert_feed_forward_length": 256, "expert_shared_count": 1,
        },
    ),
    "mamba": Shape(
        "mamba", 12, 768, 50_280, _MAMBA, tied=True, bpe=True,
        values={
            "ssm.conv_kernel": 4, "ssm.inner_size": 1536, "ssm.state_size": 16,
            "ssm.time_step_rank": 48,
        },
    ),
    "granitehybrid": Shape(
        "granitehybrid", 8, 768, 100_352, f"{_MAMBA2},{_FFN}",
        layers={layer: LLAMA for layer, n_kv in enumerate(_HYBRID_KV) if n_kv},
        n_ff=2048, n_head=12, n_head_kv=4, head_dim=64, tied=True, bpe=True,
        values={
            "attention.head_count_kv": _HYBRID_KV, "ssm.conv_kernel": 4, "ssm.inner_size": 1536,
            "ssm.state_size": 128, "ssm.time_step_rank": 48, "ssm.group_count": 1,
        },
    ),
    "lfm2": Shape(
        "lfm2", 8, 1024, 65_536, f"{_SHORT_CONVOLUTION},{_FFN}",
        layers={layer: f"{LLAMA},{_QK_NORM}" for layer, n_kv in enumerate(_HYBRID_KV) if n_kv},
        n_ff=4608, n_head=16, n_head_kv=4, head_dim=64, tied=True, bpe=True,
        values={"attention.head_count_kv": _HYBRID_KV, "shortconv.l_cache": 3},
    ),
}  # fmt: skip

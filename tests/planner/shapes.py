"""Headers of models as they would be read from their files, without any file."""

from collections.abc import Mapping
from typing import Any

from yi_local.gguf_file import GgufHeader, SkippedArray, TensorInfo

F32, F16, Q4_K, Q6_K = 0, 1, 12, 14  # ggml types


def header(
    architecture: str,
    hyperparameters: Mapping[str, Any],
    tensors: Mapping[str, tuple[int, tuple[int, ...]]] | None = None,
    *,
    n_vocab: int = 64_000,
    metadata: Mapping[str, Any] | None = None,
) -> GgufHeader:
    """`tensors`: name -> ggml type and shape."""
    return GgufHeader(
        version=3,
        byte_order="little",
        metadata={
            "general.architecture": architecture,
            "tokenizer.ggml.tokens": SkippedArray(8, n_vocab),
            **{f"{architecture}.{key}": value for key, value in hyperparameters.items()},
            **(metadata or {}),
        },
        tensors=tuple(
            TensorInfo(name, shape, ggml_type, 0)
            for name, (ggml_type, shape) in (tensors or {}).items()
        ),
        alignment=32,
        data_offset=0,
        spans={},
    )


def dense(
    architecture: str = "llama",
    *,
    n_layer: int,
    n_embd: int,
    n_head: int,
    n_head_kv: int,
    n_ff: int,
    n_vocab: int = 64_000,
    head: int | None = None,
    tied: bool = False,
    experts: int = 0,
    n_ctx_train: int = 4096,
    **more: Any,
) -> GgufHeader:
    """The synthetic shapes of memory.md, 13: attn_v, ffn_down and output in Q6_K, else Q4_K.

    `more` are hyperparameters, with "__" for the dot in their names.
    """
    head = head or n_embd // n_head
    tensors: dict[str, tuple[int, tuple[int, ...]]] = {
        "token_embd.weight": (Q6_K if tied else Q4_K, (n_embd, n_vocab)),
        "output_norm.weight": (F32, (n_embd,)),
    }
    if not tied:
        tensors["output.weight"] = (Q6_K, (n_embd, n_vocab))
    suffix, inner = ("_exps", (experts,)) if experts else ("", ())
    for layer in range(n_layer):
        block = {
            "attn_norm": (F32, (n_embd,)),
            "attn_q": (Q4_K, (n_embd, n_head * head)),
            "attn_k": (Q4_K, (n_embd, n_head_kv * head)),
            "attn_v": (Q6_K, (n_embd, n_head_kv * head)),
            "attn_output": (Q4_K, (n_head * head, n_embd)),
            "ffn_norm": (F32, (n_embd,)),
            f"ffn_gate{suffix}": (Q4_K, (n_embd, n_ff, *inner)),
            f"ffn_up{suffix}": (Q4_K, (n_embd, n_ff, *inner)),
            f"ffn_down{suffix}": (Q6_K, (n_ff, n_embd, *inner)),
        }
        tensors |= {f"blk.{layer}.{name}.weight": tensor for name, tensor in block.items()}
    hyperparameters = {
        "context_length": n_ctx_train,
        "embedding_length": n_embd,
        "block_count": n_layer,
        "feed_forward_length": n_ff,
        "attention.head_count": n_head,
        "attention.head_count_kv": n_head_kv,
        "attention.key_length": head,
        "attention.value_length": head,
        **{key.replace("__", "."): value for key, value in more.items()},
    }
    return header(architecture, hyperparameters, tensors, n_vocab=n_vocab)


def yi_6b(**changes: Any) -> GgufHeader:
    sizes = {"n_layer": 32, "n_embd": 4096, "n_head": 32, "n_head_kv": 4, "n_ff": 11_008}
    return dense(**(sizes | changes))


def yi_9b(**changes: Any) -> GgufHeader:
    return yi_6b(**({"n_layer": 48} | changes))


def yi_34b(**changes: Any) -> GgufHeader:
    sizes = {"n_layer": 60, "n_embd": 7168, "n_head": 56, "n_head_kv": 8, "n_ff": 20_480}
    return dense(**(sizes | changes))


def gemma_3_12b(**changes: Any) -> GgufHeader:
    sizes = {
        "n_layer": 48,
        "n_embd": 3840,
        "n_head": 16,
        "n_head_kv": 8,
        "n_ff": 15_360,
        "n_vocab": 262_208,
        "head": 256,
        "tied": True,
        "attention__sliding_window": 1024,
    }
    return dense("gemma3", **(sizes | changes))


def deepseek_2_lite() -> GgufHeader:
    """Latent attention: one compressed key for all heads."""
    return header(
        "deepseek2",
        {
            "embedding_length": 2048,
            "block_count": 27,
            "feed_forward_length": 10_944,
            "attention.head_count": 16,
            "attention.head_count_kv": 1,
            "attention.key_length": 576,
            "attention.value_length": 512,
            "attention.key_length_mla": 192,
            "attention.value_length_mla": 128,
        },
    )


def mamba() -> GgufHeader:
    return header(
        "mamba",
        {
            "embedding_length": 2048,
            "block_count": 48,
            "feed_forward_length": 0,
            "attention.head_count": 0,
            "ssm.conv_kernel": 4,
            "ssm.inner_size": 4096,
            "ssm.state_size": 16,
            "ssm.time_step_rank": 128,
        },
    )


def lfm2() -> GgufHeader:
    """A hybrid: short convolutions, and attention in six of sixteen blocks."""
    attending = {2, 5, 8, 10, 12, 14}
    return header(
        "lfm2",
        {
            "embedding_length": 2048,
            "block_count": 16,
            "feed_forward_length": 8192,
            "attention.head_count": 32,
            "attention.head_count_kv": [8 if block in attending else 0 for block in range(16)],
            "shortconv.l_cache": 3,
        },
    )


def falcon_h1() -> GgufHeader:
    """A hybrid with both in every block."""
    return header(
        "falcon-h1",
        {
            "embedding_length": 2048,
            "block_count": 24,
            "feed_forward_length": 4096,
            "attention.head_count": 8,
            "attention.head_count_kv": 2,
            "attention.key_length": 128,
            "attention.value_length": 128,
            "ssm.conv_kernel": 4,
            "ssm.inner_size": 3072,
            "ssm.state_size": 256,
            "ssm.group_count": 1,
        },
    )


def gpt_oss() -> GgufHeader:
    return header(
        "gpt-oss",
        {
            "embedding_length": 2880,
            "block_count": 24,
            "feed_forward_length": 2880,
            "attention.head_count": 64,
            "attention.head_count_kv": 8,
            "attention.key_length": 64,
            "attention.value_length": 64,
            "attention.sliding_window": 128,
            "expert_count": 32,
            "expert_used_count": 4,
        },
    )

"""Writes a tiny BERT with random weights: an encoder, as most embedding models are."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np

N_EMBD, N_HEAD, N_FF, N_LAYER, N_CTX_TRAIN = 32, 4, 64, 2, 64
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *("▁" + c for c in "abcdefgh"), *"abcdefgh"]


def write_tiny_bert(path: Path, pooling_type: int | None = 2) -> Path:
    """`pooling_type` is llama.cpp's: 1 mean, 2 cls, 4 a reranker."""
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name("Tiny Bert")
    writer.add_context_length(N_CTX_TRAIN)
    writer.add_embedding_length(N_EMBD)
    writer.add_block_count(N_LAYER)
    writer.add_feed_forward_length(N_FF)
    writer.add_head_count(N_HEAD)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    if pooling_type is not None:
        writer.add_uint32("bert.pooling_type", pooling_type)
    writer.add_tokenizer_model("bert")
    writer.add_token_list(TOKENS)
    writer.add_token_types([3] * 5 + [1] * (len(TOKENS) - 5))
    writer.add_token_type_count(2)
    for name, token in (("unknown", 1), ("seperator", 3), ("padding", 0), ("mask", 4), ("bos", 2)):
        writer.add_uint32(f"tokenizer.ggml.{name}_token_id", token)
    writer.add_uint32("tokenizer.ggml.cls_token_id", 2)
    for name, array in _tensors():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors() -> Any:
    random = np.random.default_rng(7)

    def pair(name: str, *shape: int) -> Any:
        yield f"{name}.weight", random.normal(0, 0.3, shape).astype(np.float32)
        yield f"{name}.bias", random.normal(0, 0.1, shape[0]).astype(np.float32)

    yield "token_embd.weight", random.normal(0, 1, (len(TOKENS), N_EMBD)).astype(np.float32)
    yield "token_types.weight", random.normal(0, 0.1, (2, N_EMBD)).astype(np.float32)
    yield "position_embd.weight", random.normal(0, 1, (N_CTX_TRAIN, N_EMBD)).astype(np.float32)
    yield from pair("token_embd_norm", N_EMBD)
    for layer in range(N_LAYER):
        for name, *shape in (
            ("attn_q", N_EMBD, N_EMBD),
            ("attn_k", N_EMBD, N_EMBD),
            ("attn_v", N_EMBD, N_EMBD),
            ("attn_output", N_EMBD, N_EMBD),
            ("attn_output_norm", N_EMBD),
            ("ffn_up", N_FF, N_EMBD),
            ("ffn_down", N_EMBD, N_FF),
            ("layer_output_norm", N_EMBD),
        ):
            yield from pair(f"blk.{layer}.{name}", *shape)

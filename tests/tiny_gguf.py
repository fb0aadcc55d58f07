"""Writes tiny GGUF files with random weights, which llama.cpp loads and decodes in milliseconds."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6  # tokenizer.ggml.token_type

CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

N_EMBD, N_HEAD, N_HEAD_KV, HEAD_DIM, N_FF = 64, 4, 2, 16, 96
SSM_INNER, SSM_STATE, SSM_CONV, SSM_RANK = 2 * N_EMBD, 16, 4, 8
CHATML_MARKERS = ("<|im_start|>", "<|im_end|>")
_WORDS = ("▁a", "▁b", "th", "▁th", "▁the", "user", "system", "assistant")


@dataclass(frozen=True)
class Vocabulary:
    """Token texts with their types and their scores (SPM) or merges (BPE)."""

    tokens: Sequence[str]
    types: Sequence[int]
    scores: Sequence[float] = ()
    merges: Sequence[str] = ()
    model: str = "llama"  # tokenizer.ggml.model: "llama" is SPM, "gpt2" is BPE
    pre: str | None = None  # BPE only

    def retyped(self, types: Mapping[int, int]) -> "Vocabulary":
        """With other types for some token ids."""
        return replace(self, types=[types.get(i, kind) for i, kind in enumerate(self.types)])

    @property
    def last_marker(self) -> int:
        return max(token for token, kind in enumerate(self.types) if kind == CONTROL)


def small_vocabulary(markers: Sequence[str] = CHATML_MARKERS) -> Vocabulary:
    """SentencePiece with byte fallback: `<s>` is 1, `</s>` is 2, the markers are 3, 4, ..."""
    letters = [*map(chr, range(33, 127)), "▁", "你", "好"]
    special = ["<unk>", "<s>", "</s>", *markers]
    return Vocabulary(
        tokens=[*special, *(f"<0x{byte:02X}>" for byte in range(256)), *letters, *_WORDS],
        types=[UNKNOWN, *[CONTROL] * (len(special) - 1), *[BYTE] * 256]
        + [NORMAL] * (len(letters) + len(_WORDS)),
        scores=[0.0] * (len(special) + 256)
        + [-100.0] * len(letters)
        + [-float(rank) for rank in range(len(_WORDS))],
    )


def small_bpe_vocabulary(
    markers: Sequence[str] = CHATML_MARKERS, end_of_text: str = "<|endoftext|>", pre: str = "gpt-2"
) -> Vocabulary:
    """GPT-2's 256 bytes with a few merges; `end_of_text` and then the markers come last."""
    merges = ["Ġ a", "Ġ b", "t h", "Ġ th", "Ġth e", "u s", "us e", "use r"]
    plain = [*_byte_characters(), *(merge.replace(" ", "") for merge in merges)]
    special = [end_of_text, *markers]
    types = [NORMAL] * len(plain) + [CONTROL] * len(special)
    return Vocabulary([*plain, *special], types, merges=merges, model="gpt2", pre=pre)


def write_tiny(
    path: Path,
    *,
    architecture: str = "llama",
    vocabulary: Vocabulary | None = None,
    template: str | None = CHATML,
    bos: str | None = None,
    eos: str | None = None,
    add_bos: bool | None = False,
    metadata: Mapping[str, Any] | None = None,
    n_ctx_train: int = 512,
    n_layer: int = 2,
    recurrent: bool = False,
    sliding_window: int | None = None,
    weights: bool = True,
    seed: int = 135,
) -> Path:
    """Writes a healthy ChatML model, but for what the arguments change.

    `recurrent` makes it a Mamba, `sliding_window` (tokens) a Gemma 3; an unknown `architecture`
    gets Llama's tensors. `bos` and `eos` are token texts: by default token 1 where the vocabulary
    is SPM, and the last marker. `metadata` adds, replaces or (None) removes keys, last of all.
    """
    words = vocabulary or small_vocabulary()
    architecture = "mamba" if recurrent else "gemma3" if sliding_window else architecture
    default_bos = 1 if words.model == "llama" else None
    values = _hyperparameters(architecture, sliding_window or 16) | {
        "vocab_size": len(words.tokens),
        "context_length": n_ctx_train,
        "block_count": n_layer,
    }
    entries: dict[str, Any] = {
        "general.name": "Tiny Chat",
        **{f"{architecture}.{key}": value for key, value in values.items()},
        **_tokenizer(words),
        "tokenizer.ggml.bos_token_id": words.tokens.index(bos) if bos else default_bos,
        "tokenizer.ggml.eos_token_id": words.tokens.index(eos) if eos else words.last_marker,
        "tokenizer.ggml.add_bos_token": add_bos,
        "tokenizer.chat_template": template,
        **(metadata or {}),
    }
    _write(
        path,
        architecture,
        entries,
        _tensors(architecture, len(words.tokens), n_layer, seed) if weights else (),
    )
    return path


def write_smallest(path: Path, *, n_ctx_train: int = 32768, file_type: int = 15) -> Path:
    """A header that can be planned for, of two layers; nothing that llama.cpp would run."""
    metadata = {
        "llama.block_count": 2,
        "llama.context_length": n_ctx_train,
        "general.file_type": file_type,
    }
    _write(path, "llama", metadata, [("token_embd.weight", np.zeros((4, 8), np.float32))])
    return path


def patch_tensor_type(path: Path, tensor: str, ggml_type: int) -> None:
    """Gives a tensor's header entry another type: the way to types that gguf cannot write."""
    data = bytearray(path.read_bytes())
    encoded = struct.pack("<Q", len(tensor)) + tensor.encode()
    at = data.index(encoded) + len(encoded)
    n_dims = struct.unpack_from("<I", data, at)[0]
    struct.pack_into("<I", data, at + 4 + 8 * n_dims, ggml_type)
    path.write_bytes(data)


def _write(
    path: Path, architecture: str, entries: Mapping[str, Any], tensors: Iterable[tuple[str, Any]]
) -> None:
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in entries.items():
        if value is None:
            continue
        kind = gguf.GGUFValueType.get_type(value)
        whole = kind == gguf.GGUFValueType.INT32 and value >= 0
        writer.kv_data[0].pop(key, None)
        writer.add_key_value(key, value, gguf.GGUFValueType.UINT32 if whole else kind)
    for name, array in tensors:
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _hyperparameters(architecture: str, sliding_window: int) -> dict[str, Any]:
    common = {"embedding_length": N_EMBD, "attention.layer_norm_rms_epsilon": 1e-5}
    if architecture == "mamba":
        return common | {
            "ssm.conv_kernel": SSM_CONV,
            "ssm.inner_size": SSM_INNER,
            "ssm.state_size": SSM_STATE,
            "ssm.time_step_rank": SSM_RANK,
            "feed_forward_length": 0,
            "attention.head_count": 0,
        }
    swa = {"attention.sliding_window": sliding_window} if architecture == "gemma3" else {}
    return (
        common
        | swa
        | {
            "feed_forward_length": N_FF,
            "attention.head_count": N_HEAD,
            "attention.head_count_kv": N_HEAD_KV,
            "attention.key_length": HEAD_DIM,
            "attention.value_length": HEAD_DIM,
            "rope.dimension_count": HEAD_DIM,
            "rope.freq_base": 5e6,
        }
    )


def _tokenizer(words: Vocabulary) -> dict[str, Any]:
    return {
        "tokenizer.ggml.model": words.model,
        "tokenizer.ggml.pre": words.pre,
        "tokenizer.ggml.tokens": list(words.tokens),
        "tokenizer.ggml.scores": list(words.scores) or None,
        "tokenizer.ggml.merges": list(words.merges) or None,
        "tokenizer.ggml.token_type": list(words.types),
        "tokenizer.ggml.add_space_prefix": False,
    }


def _tensors(architecture: str, n_vocab: int, n_layer: int, seed: int) -> Iterator[tuple[str, Any]]:
    random = np.random.default_rng(seed)

    def matrix(*shape: int) -> Any:
        # Wide enough that logits differ clearly: ties would make greedy text a matter of rounding.
        return random.normal(0.0, 0.2, shape).astype(np.float16)

    yield "token_embd.weight", matrix(n_vocab, N_EMBD)
    yield "output_norm.weight", np.ones(N_EMBD, np.float32)
    if architecture != "gemma3":  # its output is its embedding
        yield "output.weight", matrix(n_vocab, N_EMBD)
    for layer in range(n_layer):
        block = _mamba_block(matrix) if architecture == "mamba" else _attention_block(matrix)
        for name, array in block:
            yield f"blk.{layer}.{name}", array
        for name, length in _GEMMA_NORMS if architecture == "gemma3" else ():
            yield f"blk.{layer}.{name}.weight", np.ones(length, np.float32)


_GEMMA_NORMS = (
    ("attn_q_norm", HEAD_DIM),
    ("attn_k_norm", HEAD_DIM),
    ("post_attention_norm", N_EMBD),
    ("post_ffw_norm", N_EMBD),
)


def _attention_block(matrix: Any) -> Iterator[tuple[str, Any]]:
    yield "attn_norm.weight", np.ones(N_EMBD, np.float32)
    yield "attn_q.weight", matrix(N_HEAD * HEAD_DIM, N_EMBD)
    yield "attn_k.weight", matrix(N_HEAD_KV * HEAD_DIM, N_EMBD)
    yield "attn_v.weight", matrix(N_HEAD_KV * HEAD_DIM, N_EMBD)
    yield "attn_output.weight", matrix(N_EMBD, N_HEAD * HEAD_DIM)
    yield "ffn_norm.weight", np.ones(N_EMBD, np.float32)
    yield "ffn_gate.weight", matrix(N_FF, N_EMBD)
    yield "ffn_up.weight", matrix(N_FF, N_EMBD)
    yield "ffn_down.weight", matrix(N_EMBD, N_FF)


def _mamba_block(matrix: Any) -> Iterator[tuple[str, Any]]:
    yield "attn_norm.weight", np.ones(N_EMBD, np.float32)
    yield "ssm_in.weight", matrix(2 * SSM_INNER, N_EMBD)
    yield "ssm_conv1d.weight", matrix(SSM_INNER, SSM_CONV).astype(np.float32)
    yield "ssm_conv1d.bias", np.zeros(SSM_INNER, np.float32)
    yield "ssm_x.weight", matrix(SSM_RANK + 2 * SSM_STATE, SSM_INNER)
    yield "ssm_dt.weight", matrix(SSM_INNER, SSM_RANK)
    yield "ssm_dt.bias", np.zeros(SSM_INNER, np.float32)
    yield "ssm_a", np.tile(-np.arange(1, SSM_STATE + 1, dtype=np.float32), (SSM_INNER, 1))
    yield "ssm_d", np.ones(SSM_INNER, np.float32)
    yield "ssm_out.weight", matrix(N_EMBD, SSM_INNER)


def _byte_characters() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = [byte for byte in range(256) if byte not in printable]
    return [*map(chr, sorted(printable)), *(chr(256 + rank) for rank in range(len(others)))]

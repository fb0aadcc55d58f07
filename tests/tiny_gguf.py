"""Writes tiny GGUF files with random weights, which llama.cpp loads and decodes in milliseconds."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np

UNKNOWN, CONTROL, USER_DEFINED, BYTE = 2, 3, 4, 6
NORMAL = 1

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

N_EMBD, N_HEAD, N_HEAD_KV, HEAD_DIM, N_FF = 64, 4, 2, 16, 128
_CHARACTERS = [chr(code) for code in range(33, 127)] + list("你好世界，。éß")
_WORDS = """the of and to in is that it was for on are as with his they be at one have this from or
had by hot but some what there we can out other were all your when up use word how said an each she
which do their time if will way about many then them would write like so these her long make thing
see him two has look more day could go come did my sound no most number who over know water than
call first people may down side been now find user assistant system hello world answer model""".split()


@dataclass(frozen=True)
class Vocabulary:
    """Token texts with their types and scores (SPM) or merges (BPE)."""

    model: str  # tokenizer.ggml.model: "llama" is SPM, "gpt2" is BPE
    tokens: Sequence[str]
    types: Sequence[int]
    scores: Sequence[float] = ()
    merges: Sequence[str] = ()
    pre: str = "gpt-2"  # BPE only

    def id(self, text: str) -> int:
        return self.tokens.index(text)


def spm(
    markers: Sequence[str] = ("<|im_start|>", "<|im_end|>"),
    bos: str = "<s>",
    eos: str = "</s>",
    unused: int = 0,
) -> Vocabulary:
    """A SentencePiece vocabulary with byte fallback; the markers are CONTROL tokens at 3, 4, ...

    `unused` tokens of any text fill the vocabulary up.
    """
    pieces = list(dict.fromkeys([*_CHARACTERS, "\n", "▁", *_prefixes("▁", _WORDS)]))
    tokens = ["<unk>", bos, eos, *markers, *(f"<0x{byte:02X}>" for byte in range(256)), *pieces]
    n_markers = len(markers) + 2
    types = [UNKNOWN, *[CONTROL] * n_markers, *[BYTE] * 256, *[NORMAL] * len(pieces)]
    scores = [0.0] * (1 + n_markers + 256) + [-float(i) for i in range(len(pieces))]
    tokens += [f"<unused_{i}>" for i in range(unused)]
    return Vocabulary(
        "llama", tokens, types + [NORMAL] * unused, scores + [-1000.0] * unused
    )


def bpe(
    markers: Sequence[str] = ("<|im_start|>", "<|im_end|>"),
    end_of_text: str = "<|endoftext|>",
    pre: str = "gpt-2",
) -> Vocabulary:
    """A GPT-2 vocabulary of all bytes and some words; the markers come last, as CONTROL."""
    merges = list(_merges("Ġ", _WORDS))
    words = list(dict.fromkeys(merge.replace(" ", "") for merge in merges))
    tokens = [*_byte_characters(), *words, end_of_text, *markers]
    n_special = 1 + len(markers)
    types = [NORMAL] * (len(tokens) - n_special) + [CONTROL] * n_special
    return Vocabulary("gpt2", tokens, types, merges=list(dict.fromkeys(merges)), pre=pre)


def write_tiny(
    path: Path,
    *,
    architecture: str = "llama",
    vocabulary: Vocabulary | None = None,
    template: str | None = CHATML,
    bos: str | None = None,
    eos: str | None = "<|im_end|>",
    add_bos: bool | None = False,
    token_types: Mapping[str, int] | None = None,
    metadata: Mapping[str, Any] | None = None,
    name: str | None = "Tiny-Chat",
    n_ctx_train: int = 512,
    n_layer: int = 2,
    recurrent: bool = False,
    sliding_window: int | None = None,
    weights: bool = True,
    seed: int = 0,
) -> Path:
    """Writes a healthy ChatML model, except for what the arguments change. None leaves a key out.

    `recurrent` makes it a Mamba, `sliding_window` (tokens) a Gemma 3. `token_types` gives tokens
    another type, by their text; `metadata` adds, replaces or (None) removes keys. Any other
    `architecture` gets Llama's tensors.
    """
    words = vocabulary or spm()
    architecture = "mamba" if recurrent else "gemma3" if sliding_window else architecture
    if bos is None and "<s>" in words.tokens:
        bos = "<s>"
    entries: dict[str, Any] = {
        "general.name": name,
        **_hyperparameters(architecture, n_ctx_train, n_layer, sliding_window),
        **_tokenizer(words, token_types or {}),
        "tokenizer.ggml.bos_token_id": None if bos is None else words.id(bos),
        "tokenizer.ggml.eos_token_id": None if eos is None else words.id(eos),
        "tokenizer.ggml.add_bos_token": add_bos,
        "tokenizer.chat_template": template,
        **(metadata or {}),
    }
    tensors = _tensors(architecture, len(words.tokens), n_layer, seed) if weights else ()
    _write(path, architecture, entries, tensors)
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
        if kind == gguf.GGUFValueType.INT32 and value >= 0:
            kind = gguf.GGUFValueType.UINT32
        writer.kv_data[0].pop(key, None)
        writer.add_key_value(key, value, kind)
    for name, array in tensors:
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _hyperparameters(
    architecture: str, n_ctx_train: int, n_layer: int, sliding_window: int | None
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "context_length": n_ctx_train,
        "embedding_length": N_EMBD,
        "block_count": n_layer,
        "attention.layer_norm_rms_epsilon": 1e-5,
    }
    if architecture == "mamba":
        values |= {
            "feed_forward_length": 0,
            "attention.head_count": 0,
            "ssm.conv_kernel": 4,
            "ssm.inner_size": 2 * N_EMBD,
            "ssm.state_size": 16,
            "ssm.time_step_rank": 4,
        }
    else:
        values |= {
            "feed_forward_length": N_FF,
            "attention.head_count": N_HEAD,
            "attention.head_count_kv": N_HEAD_KV,
            "attention.key_length": HEAD_DIM,
            "attention.value_length": HEAD_DIM,
            "rope.dimension_count": HEAD_DIM,
            "rope.freq_base": 10000.0,
        }
    if sliding_window:
        values |= {"attention.sliding_window": sliding_window}
        values |= {"attention.sliding_window_pattern": 2}  # every second layer sees everything
    return {f"{architecture}.{key}": value for key, value in values.items()}


def _tokenizer(words: Vocabulary, token_types: Mapping[str, int]) -> dict[str, Any]:
    types = list(words.types)
    for text, kind in token_types.items():
        types[words.id(text)] = kind
    spm_only = {
        "tokenizer.ggml.scores": list(words.scores),
        "tokenizer.ggml.unknown_token_id": 0,
    }
    bpe_only = {"tokenizer.ggml.pre": words.pre, "tokenizer.ggml.merges": list(words.merges)}
    return {
        "tokenizer.ggml.model": words.model,
        "tokenizer.ggml.tokens": list(words.tokens),
        "tokenizer.ggml.token_type": types,
        **(spm_only if words.model == "llama" else bpe_only),
    }


def _tensors(
    architecture: str, n_vocab: int, n_layer: int, seed: int
) -> Iterator[tuple[str, Any]]:
    random = np.random.default_rng(seed)

    def matrix(*shape: int) -> Any:
        # Wide enough that logits differ clearly: ties would make greedy text a matter of rounding.
        return random.normal(0.0, 0.2, shape).astype(np.float16)

    yield "token_embd.weight", matrix(n_vocab, N_EMBD)
    yield "output_norm.weight", np.ones(N_EMBD, np.float32)
    yield "output.weight", matrix(n_vocab, N_EMBD)
    block = _mamba_block if architecture == "mamba" else _attention_block
    for layer in range(n_layer):
        for name, array in block(matrix, architecture):
            yield f"blk.{layer}.{name}", array


def _attention_block(matrix: Any, architecture: str) -> Iterator[tuple[str, Any]]:
    yield "attn_norm.weight", np.ones(N_EMBD, np.float32)
    yield "attn_q.weight", matrix(N_HEAD * HEAD_DIM, N_EMBD)
    yield "attn_k.weight", matrix(N_HEAD_KV * HEAD_DIM, N_EMBD)
    yield "attn_v.weight", matrix(N_HEAD_KV * HEAD_DIM, N_EMBD)
    yield "attn_output.weight", matrix(N_EMBD, N_HEAD * HEAD_DIM)
    yield "ffn_norm.weight", np.ones(N_EMBD, np.float32)
    yield "ffn_gate.weight", matrix(N_FF, N_EMBD)
    yield "ffn_up.weight", matrix(N_FF, N_EMBD)
    yield "ffn_down.weight", matrix(N_EMBD, N_FF)
    if architecture == "gemma3":
        yield "attn_q_norm.weight", np.ones(HEAD_DIM, np.float32)
        yield "attn_k_norm.weight", np.ones(HEAD_DIM, np.float32)
        yield "post_attention_norm.weight", np.ones(N_EMBD, np.float32)
        yield "post_ffw_norm.weight", np.ones(N_EMBD, np.float32)


def _mamba_block(matrix: Any, architecture: str) -> Iterator[tuple[str, Any]]:
    inner, state, conv, rank = 2 * N_EMBD, 16, 4, 4
    yield "attn_norm.weight", np.ones(N_EMBD, np.float32)
    yield "ssm_in.weight", matrix(2 * inner, N_EMBD)
    yield "ssm_conv1d.weight", matrix(inner, conv).astype(np.float32)
    yield "ssm_conv1d.bias", np.zeros(inner, np.float32)
    yield "ssm_x.weight", matrix(rank + 2 * state, inner)
    yield "ssm_dt.weight", matrix(inner, rank)
    yield "ssm_dt.bias", np.zeros(inner, np.float32)
    yield "ssm_a", np.tile(-np.arange(1, state + 1, dtype=np.float32), (inner, 1))
    yield "ssm_d", np.ones(inner, np.float32)
    yield "ssm_out.weight", matrix(N_EMBD, inner)


def _prefixes(start: str, words: Sequence[str]) -> Iterator[str]:
    """Every beginning of every word, so that pairwise merging can climb up to it."""
    for word in words:
        for end in range(1, len(word) + 1):
            yield start + word[:end]


def _merges(start: str, words: Sequence[str]) -> Iterator[str]:
    for prefix in _prefixes(start, words):
        yield f"{prefix[:-1]} {prefix[-1]}"


def _byte_characters() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes, in the order of their code points."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = [byte for byte in range(256) if byte not in printable]
    stand_ins = {byte: chr(256 + i) for i, byte in enumerate(others)}
    return sorted(stand_ins.get(byte, chr(byte)) for byte in range(256))

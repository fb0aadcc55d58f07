"""Whether a model is made to embed texts, as its header tells."""

from typing import Literal

from yi_local.gguf_file.header import GgufHeader

Pooling = Literal["mean", "cls", "last", "rank"]  # how a text's tokens become one vector

_POOLINGS: tuple[Pooling | None, ...] = (None, "mean", "cls", "last", "rank")  # llama_pooling_type
# llama.cpp gives these no KV cache: they read a text in one piece, and write none
# (llama_model::create_memory in src/llama-model.cpp, but for the diffusion models there).
_ENCODERS = frozenset(
    {
        "bert",
        "eurobert",
        "gemma-embedding",
        "jina-bert-v2",
        "jina-bert-v3",
        "modern-bert",
        "neo-bert",
        "nomic-bert",
        "nomic-bert-moe",
        "t5encoder",
    }
)


def pooling_of(header: GgufHeader) -> Pooling | None:
    """None where the model names none: it was not made to embed, or its users choose."""
    number = header.integer(f"{header.architecture}.pooling_type") or 0
    return _POOLINGS[number] if 0 <= number < len(_POOLINGS) else None


def is_encoder(header: GgufHeader) -> bool:
    """Whether it can do nothing else than embed."""
    return header.architecture in _ENCODERS


def is_embedding_model(header: GgufHeader) -> bool:
    """Whether it was made to embed texts; others can be asked to, and do it worse.

    A reranker ("rank") is none: it compares two texts.
    """
    pooling = pooling_of(header)
    return pooling != "rank" and (pooling is not None or is_encoder(header))


def reads_both_ways(header: GgufHeader) -> bool:
    """Whether a token sees those after it, so that a text cannot be computed in pieces."""
    return is_encoder(header) or header.flag(f"{header.architecture}.attention.causal") is False

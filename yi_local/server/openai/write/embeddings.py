"""Answers of /v1/embeddings."""

import base64
import struct
from collections.abc import Sequence
from typing import Literal

from yi_local.types import Embedding, Json


def embeddings_response(
    model: str, embeddings: Sequence[Embedding], encoding_format: Literal["float", "base64"]
) -> Json:
    """base64 is of 32-bit floats, little-endian: the `openai` package's own wish."""
    tokens = sum(embedding.prompt_tokens for embedding in embeddings)
    return {
        "object": "list",
        "model": model,
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _packed(each.vector)
                if encoding_format == "base64"
                else list(each.vector),
            }
            for index, each in enumerate(embeddings)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _packed(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")

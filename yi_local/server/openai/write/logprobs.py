"""Logprobs, in the three forms that OpenAI's API has for them."""

from collections.abc import Sequence

from yi_local.types import Json, TokenLogprob

_IMPOSSIBLE = -9999.0  # OpenAI's number for a probability of zero, whose logarithm JSON lacks


def chat_logprobs(tokens: Sequence[TokenLogprob] | None) -> Json | None:
    if tokens is None:
        return None
    return {"content": [token_body(token) for token in tokens], "refusal": None}


def token_body(token: TokenLogprob) -> Json:
    top = [_one(text, raw, logprob) for text, raw, logprob in token.top]
    return _one(token.token, token.bytes, token.logprob) | {"top_logprobs": top}


def completion_logprobs(tokens: Sequence[TokenLogprob] | None, offset: int) -> Json | None:
    """`offset`: how many characters there were before these tokens."""
    if tokens is None:
        return None
    offsets = []
    raw = b""
    for token in tokens:
        offsets.append(offset + len(raw.decode("utf-8", "ignore")))
        raw += token.bytes
    return {
        "tokens": [token.token for token in tokens],
        "token_logprobs": [_finite(token.logprob) for token in tokens],
        "top_logprobs": [
            {text: _finite(logprob) for text, _, logprob in token.top} for token in tokens
        ],
        "text_offset": offsets,
    }


def _one(text: str, raw: bytes, logprob: float) -> Json:
    return {"token": text, "logprob": _finite(logprob), "bytes": list(raw)}


def _finite(logprob: float) -> float:
    return logprob if logprob > _IMPOSSIBLE else _IMPOSSIBLE

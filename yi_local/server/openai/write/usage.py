"""What answers took, as OpenAI's API says it."""

from collections.abc import Sequence

from yi_local.types import Json, Usage


def usage_body(usages: Sequence[Usage], n: int | None = None) -> Json:
    """Of several answers: `n` to each prompt, which counts once; None: there is one prompt."""
    per_prompt = max(n if n is not None else len(usages), 1)
    prompt = sum(usage.prompt_tokens or 0 for usage in usages) // per_prompt
    completion = sum(usage.completion_tokens for usage in usages)
    # Answers to one prompt find each other's work: the least is what had been there before.
    cached = min((usage.cached_tokens or 0 for usage in usages), default=0)
    if n is not None:
        cached = sum(usage.cached_tokens or 0 for usage in usages) // per_prompt
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def responses_usage(usage: Usage) -> Json:
    prompt, cached = usage.prompt_tokens or 0, usage.cached_tokens or 0
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + usage.completion_tokens,
    }

"""One request on its way: from sampled tokens to text, usage, the reason it ended."""

import time
from collections.abc import Callable

from yi_local.engine.worker.logprobs import Line, Trail
from yi_local.engine.worker.sampling import Sampler
from yi_local.engine.worker.text_stream import TextStream
from yi_local.types import FinishReason, SamplingOptions, Usage


class Generation:
    """What the worker knows of a running request beside its place in the KV cache."""

    def __init__(
        self,
        request_id: int,
        sampler: Sampler,
        options: SamplingOptions,
        prompt_tokens: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.request_id = request_id
        self.sampler = sampler
        self.prompt_tokens = prompt_tokens
        self.completion_tokens = 0
        self.top_logprobs = options.top_logprobs
        self._max_tokens = options.max_tokens
        self._stream = TextStream(options.stop)
        self._trail = Trail(self._stream)
        self._clock = clock
        self._asked_at = clock()
        self._first_at: float | None = None
        self._last_at: float | None = None

    def accept(
        self, piece: bytes, ends: bool, full: bool, logprob: Line | None = None
    ) -> tuple[str, FinishReason | None]:
        """Takes a sampled token: its bytes, whether it is end-of-generation, whether n_ctx is full.

        Returns the text that is certain now, with the finish reason once there is one.
        """
        self._tick()
        if ends:
            return self._stream.finish(), "stop"
        text = self._stream.feed(piece)
        if logprob is not None:
            self._trail.note(logprob)
        if self._stream.stopped:
            return text, "stop"
        if full or self.completion_tokens == self._max_tokens:
            return text + self._stream.finish(), "length"
        return text, None

    def give_up(self) -> str:
        """The text that was held back, when the request is cancelled."""
        return self._stream.finish()

    def logprobs(self, text: str) -> list[Line]:
        """Of the tokens that are whole with this text, the next that is given out."""
        return self._trail.take(text)

    def usage(self, cached_tokens: int) -> Usage:
        ttft_s = prefill_tps = decode_tps = None
        if self._first_at is not None and self._last_at is not None:
            ttft_s = self._first_at - self._asked_at
            prefill_tps = _rate(self.prompt_tokens - cached_tokens, ttft_s)
            if self.completion_tokens > 1:
                decode_tps = _rate(self.completion_tokens - 1, self._last_at - self._first_at)
        return Usage(
            self.prompt_tokens, cached_tokens, self.completion_tokens,
            prefill_tps, decode_tps, ttft_s,
        )  # fmt: skip

    def _tick(self) -> None:
        self.completion_tokens += 1
        self._last_at = self._clock()
        if self._first_at is None:
            self._first_at = self._last_at


def _rate(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if seconds > 0 else None

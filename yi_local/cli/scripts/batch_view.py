"""A batch as a person sees it: how far it is, how fast, what came of it."""

import time
from collections.abc import Callable

from yi_local.assistant.batch.runner import Died, Progress, Told
from yi_local.cli.output import Output
from yi_local.language import tr, trn
from yi_local.text import human_duration

_GUESS_AFTER_S = 2.0  # before that, the time left is a wild guess


class BatchView:
    """`n_total` is None where the input cannot be counted."""

    def __init__(
        self,
        output: Output,
        n_total: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._n_total = n_total
        self._clock = clock
        self._begun_s = clock()
        self._now = Progress(0, 0, 0, 0)

    def begin(self) -> None:
        """The model is loaded: time counts from the first load on, a later one takes of it."""
        if not self._now.n_tokens:
            self._begun_s = self._clock()

    def show(self, told: Told) -> None:
        if isinstance(told, Died):
            self._tell_death(told)
            return
        self._now = told
        self._output.progress.tell(self._line())

    def conclude(self) -> None:
        now = self._now
        parts = [trn("{n} line", "{n} lines", now.n_done)]
        if now.n_errors:
            parts.append(trn("{n} of them an error", "{n} of them errors", now.n_errors))
        if now.n_tokens:
            parts.append(trn("{n} token", "{n} tokens", now.n_tokens))
            parts.append(self._speed())
        parts.append(human_duration(self._clock() - self._begun_s))
        self._output.say(tr("done: {what}", what=tr("; ").join(parts)))

    def stopped(self, *, goes_on: bool) -> str:
        far = self._far()
        if goes_on:
            return tr("Stopped at {how_far}. The same command goes on from there.", how_far=far)
        return tr("Stopped at {how_far}.", how_far=far)

    def _tell_death(self, told: Died) -> None:
        reason = told.error.message.partition("\n")[0]
        self._output.say(tr("note: {reason} It is loaded again.", reason=reason))

    def _line(self) -> str:
        parts = [self._far()]
        if self._now.n_errors:
            parts.append(trn("{n} error", "{n} errors", self._now.n_errors))
        if self._now.n_tokens:
            parts.append(self._speed())
        left_s = self._left_s()
        if left_s is not None:
            parts.append(tr("{time} left", time=human_duration(left_s)))
        return tr("; ").join(parts)

    def _far(self) -> str:
        done = f"{self._now.n_done:,}"
        if self._n_total is None:
            return trn("{n} line", "{n} lines", self._now.n_done)
        return tr("{done} of {total} lines", done=done, total=f"{self._n_total:,}")

    def _speed(self) -> str:
        elapsed_s = max(self._clock() - self._begun_s, 1e-9)
        return tr("{n} tokens/s", n=f"{self._now.n_tokens / elapsed_s:,.0f}")

    def _left_s(self) -> float | None:
        elapsed_s = self._clock() - self._begun_s
        if self._n_total is None or not self._now.n_answered or elapsed_s < _GUESS_AFTER_S:
            return None
        return elapsed_s * (self._n_total - self._now.n_done) / self._now.n_answered

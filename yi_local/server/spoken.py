"""What answers say, as it comes: text, calls of functions, their ends."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from yi_local.assistant.tools.calls import Said, ToolCall
from yi_local.assistant.tools.format import Turn
from yi_local.assistant.tools.parser import StreamParser
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.server.answering import Running
from yi_local.server.metrics import Metrics
from yi_local.server.openai.head import Called, new_id
from yi_local.server.queue import Stopping
from yi_local.types import Done, Event, FinishReason, TextDelta, TokenLogprob, Usage


@dataclass(frozen=True, slots=True)
class Text:
    """`index`: which of the answers."""

    index: int
    text: str
    logprobs: tuple[TokenLogprob, ...]


@dataclass(frozen=True, slots=True)
class Call:
    index: int
    number: int  # among the answer's calls, from 0
    called: Called


@dataclass(frozen=True, slots=True)
class End:
    index: int
    finish_reason: FinishReason
    usage: Usage
    has_calls: bool


Spoken = Text | Call | End


class _Answer:
    """One answer being read."""

    def __init__(self, index: int, parser: StreamParser | None) -> None:
        self._index = index
        self._parser = parser
        self._logprobs: tuple[TokenLogprob, ...] = ()  # of text that is held back
        self._n_calls = 0

    @property
    def wants_no_more(self) -> bool:
        return self._parser is not None and self._parser.satisfied

    def read(self, delta: TextDelta) -> list[Spoken]:
        self._logprobs += delta.logprobs
        if self._parser is None:
            return self._spoken((Said(delta.text),))
        return self._spoken(self._parser.feed(delta.text))

    def end(self, done: Done) -> list[Spoken]:
        rest = self._spoken(self._parser.finish()) if self._parser is not None else []
        reason = done.finish_reason
        if reason == "cancelled":
            if not self.wants_no_more:  # nor has its client gone, who would not read this
                raise Stopping
            reason = "stop"
        if reason == "error":
            raise YiLocalError(tr("The engine could not finish the answer."), tr("Try again."))
        return [*rest, End(self._index, reason, done.usage, self._n_calls > 0)]

    def _spoken(self, pieces: Sequence[Said | ToolCall]) -> list[Spoken]:
        spoken: list[Spoken] = []
        for piece in pieces:
            if isinstance(piece, ToolCall):
                called = Called(new_id("call_"), piece)
                spoken.append(Call(self._index, self._n_calls, called))
                self._n_calls += 1
            else:
                spoken.append(Text(self._index, piece.text, self._logprobs))
                self._logprobs = ()
        return spoken


async def spoken(
    answers: Running[Event], n: int, metrics: Metrics, turn: Turn | None = None
) -> AsyncIterator[Spoken]:
    """Of `n` answers, until the last one has ended. Raises what the engine raises; Stopping."""
    readers = [_Answer(index, turn.parser() if turn else None) for index in range(n)]
    async for index, event in answers:
        reader = readers[index]
        if isinstance(event, TextDelta):
            for each in reader.read(event):
                yield each
            if reader.wants_no_more:
                answers.stop(index)
        elif isinstance(event, Done):
            metrics.generated(event.usage)
            for each in reader.end(event):
                yield each


@dataclass(frozen=True, slots=True)
class Whole:
    """One answer, complete."""

    text: str
    calls: tuple[Called, ...]
    logprobs: tuple[TokenLogprob, ...]
    finish_reason: FinishReason
    usage: Usage


async def whole(said: AsyncIterator[Spoken], n: int) -> list[Whole]:
    """By index."""
    texts: list[list[str]] = [[] for _ in range(n)]
    calls: list[tuple[Called, ...]] = [()] * n
    logprobs: list[list[TokenLogprob]] = [[] for _ in range(n)]
    ends: dict[int, End] = {}
    async for each in said:
        if isinstance(each, Text):
            texts[each.index].append(each.text)
            logprobs[each.index] += each.logprobs
        elif isinstance(each, Call):
            calls[each.index] += (each.called,)
        else:
            ends[each.index] = each
    return [
        Whole(
            "".join(texts[index]),
            calls[index],
            tuple(logprobs[index]),
            ends[index].finish_reason,
            ends[index].usage,
        )
        for index in range(n)
    ]

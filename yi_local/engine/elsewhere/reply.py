"""From what a server streams to the events of an answer: no sockets, its clock is given."""

from collections.abc import Callable, Iterator

from yi_local.engine.elsewhere.address import Address
from yi_local.engine.elsewhere.chunk import Chunk, Counts, read_chunk
from yi_local.engine.elsewhere.trouble import ServerTrouble, broken_off, no_api
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.types import AnyEvent, Done, FinishReason, Json, TextDelta, Thinking, Usage

_END = "[DONE]"
_SHORTEST_S = 0.05  # of an answer: what comes in one go tells nothing of how fast it was made
_SURE_CHARS = 32  # of a beginning: whoever says a shorter one again may well mean it
MAX_CHARS = 1 << 24  # of an answer: nobody reads more, and no memory is filled by a mad server


class Reply:
    """One answer as it comes; the times are of a monotonic clock.

    What a model thinks aloud in a field of its own is no part of the answer: servers want it back
    in no later question, and pipes and schemas want the answer alone.
    """

    def __init__(
        self,
        address: Address,
        continues: str,
        clock: Callable[[], float],
        in_words: Callable[[Json], YiLocalError],
    ) -> None:
        self._address = address
        self._clock = clock
        self._in_words = in_words
        self._echo = _Echo(continues)
        self._began_s = clock()
        self._first_s: float | None = None  # of the first token, thoughts included
        self._last_s = 0.0
        self._pieces = 0
        self._chars = 0
        self._thinks = False
        self._reason: FinishReason | None = None
        self._counts: Counts | None = None
        self.is_over = False

    @property
    def has_begun(self) -> bool:
        return self._pieces > 0

    def read(self, data: str) -> Iterator[AnyEvent]:
        """The data of one event. Raises YiLocalError for what is no part of an answer."""
        if data.strip() == _END:
            self.is_over = True
            return
        try:
            chunk = read_chunk(data)
        except (ValueError, RecursionError):
            raise no_api(self._address) from None
        if chunk.error is not None:
            raise self._in_words(chunk.error)
        yield from self._events(chunk)
        # Some keep the connection open behind their last word.
        self.is_over = self._reason is not None and self._counts is not None

    def end(self) -> Iterator[AnyEvent]:
        """The stream is over. Raises YiLocalError where the answer is not."""
        if not self.is_over and self._reason is None:
            raise broken_off(self._address)
        if rest := self._echo.rest():
            yield TextDelta(rest)
        if self._reason == "error":
            raise ServerTrouble(
                tr("A filter of {host} has cut the answer.", host=self._address.host),
                tr("What came is kept. Ask in other words."),
            )
        if self._thinks and not self._chars:
            raise ServerTrouble(
                tr("The model has only been thinking: its answer did not begin."),
                tr("Let it say more (--max-tokens), or ask it to think less."),
            )
        yield self.done(self._reason or "stop")

    def done(self, reason: FinishReason) -> Done:
        """As far as it got."""
        told = self._counts or Counts(None, None, None)
        n_tokens = self._pieces if told.completion is None else told.completion
        first_s = self._first_s
        rate = None
        if first_s is not None and n_tokens > 1 and self._last_s - first_s >= _SHORTEST_S:
            rate = (n_tokens - 1) / (self._last_s - first_s)
        waited_s = None if first_s is None else first_s - self._began_s
        usage = Usage(told.prompt, told.cached, n_tokens, None, rate, waited_s)
        return Done(reason, usage)

    # -- inside

    def _events(self, chunk: Chunk) -> Iterator[AnyEvent]:
        self._counts = chunk.counts or self._counts
        self._reason = chunk.finish_reason or self._reason
        if chunk.text or chunk.thinks:
            self._last_s = self._clock()
            self._first_s = self._last_s if self._first_s is None else self._first_s
            self._pieces += 1
        if chunk.thinks and not self._thinks and not self._chars:
            self._thinks = True
            yield Thinking()
        self._chars += len(chunk.text)
        if self._chars > MAX_CHARS:
            raise no_api(self._address)
        if text := self._echo.without(chunk.text):
            yield TextDelta(text)


class _Echo:
    """Drops what an answer repeats of itself: some servers send its beginning again."""

    def __init__(self, begun: str) -> None:
        self._begun: str | None = begun if len(begun) >= _SURE_CHARS else None
        self._held = ""

    def without(self, text: str) -> str:
        if self._begun is None:
            return text
        self._held += text
        if self._held.startswith(self._begun):
            told, self._begun = self._held[len(self._begun) :], None
            self._held = ""
            return told
        if self._begun.startswith(self._held):
            return ""
        return self.rest()

    def rest(self) -> str:
        """What was held back for a likeness that has ended."""
        told, self._held, self._begun = self._held, "", None
        return told

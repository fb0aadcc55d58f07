"""One conversation with one loaded model."""

from collections.abc import Iterator

from yi_local.assistant.loader import Loader, NextPlan
from yi_local.engine.client import Generation
from yi_local.errors import Cancelled, UsageError
from yi_local.types import (
    Done,
    Event,
    LoadProgress,
    Message,
    SamplingOptions,
    TextDelta,
)

SessionEvent = LoadProgress | NextPlan | Event


class Session:
    """Keeps the messages; what came of an answer is kept however it ended.

    A question that got no answer at all stays until the next one takes its place, so that
    `retry` can ask it again, and roles always alternate, as chat templates demand.
    """

    def __init__(
        self,
        loader: Loader,
        sampling: SamplingOptions,
        system: str | None = None,
    ) -> None:
        self._loader = loader
        self._engine = loader.engine
        self._sampling = sampling
        self._system = system
        self._turns: list[Message] = []
        self._generation: Generation | None = None
        self._cancelled = False

    @property
    def messages(self) -> tuple[Message, ...]:
        """The whole conversation, the system prompt first where there is one."""
        system = (Message("system", self._system),) if self._system else ()
        return (*system, *self._turns)

    def load(self) -> Iterator[LoadProgress | NextPlan]:
        """Nothing to do where the model is there already; else it is loaded (again)."""
        if self._engine.model is None:
            yield from self._loader.load()

    def send(self, text: str) -> Iterator[SessionEvent]:
        """Asks, after loading again where the engine has died. The last event is Done."""
        self._cancelled = False
        if self._turns and self._turns[-1].role == "user":
            self._turns.pop()
        self._turns.append(Message("user", text))
        return self._answer(replaced=None)

    def retry(self) -> Iterator[SessionEvent]:
        """Asks the last question again; its answer goes when a new one comes.

        Raises UsageError when nothing has been asked yet.
        """
        self._cancelled = False
        if not self._turns:
            raise UsageError("There is nothing to retry yet.", "Ask something first.")
        replaced = self._turns.pop() if self._turns[-1].role == "assistant" else None
        return self._answer(replaced)

    def set_system(self, text: str | None) -> None:
        """Takes effect with the next question; None or "" is no system prompt."""
        self._system = text

    def cancel(self) -> None:
        """Ends the running answer soon, from any thread; what came of it is kept."""
        self._cancelled = True
        generation = self._generation
        if generation is not None:
            generation.cancel()

    def _answer(self, replaced: Message | None) -> Iterator[SessionEvent]:
        parts: list[str] = []
        ended = False
        try:
            yield from self._reload()
            for event in self._generate():
                if isinstance(event, TextDelta):
                    parts.append(event.text)
                elif isinstance(event, Done):
                    ended = event.finish_reason in ("stop", "length")
                    self._loader.learn(event.usage)
                yield event
        finally:
            if parts or ended:
                self._turns.append(Message("assistant", "".join(parts)))
            elif replaced is not None:
                self._turns.append(replaced)

    def _reload(self) -> Iterator[LoadProgress | NextPlan]:
        for progress in self.load():
            if self._cancelled:
                raise Cancelled("Loading was stopped.")
            yield progress

    def _generate(self) -> Iterator[Event]:
        generation = self._engine.chat(self.messages, self._sampling)
        self._generation = generation
        try:
            if self._cancelled:  # it was asked for before there was anything to cancel
                generation.cancel()
            yield from generation
        finally:
            self._generation = None
            generation.close()

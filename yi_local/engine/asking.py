"""What the layers above need of an engine, wherever it runs."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from yi_local.types import AnyEvent, Json, Message, SamplingOptions


class Generating(Protocol):
    """The events of one answer, the last of them Done."""

    def __iter__(self) -> Iterator[AnyEvent]: ...

    def __next__(self) -> AnyEvent: ...

    def cancel(self) -> None:
        """Stops the answer soon, from any thread; what came is kept, the last event is Done."""

    def close(self) -> None:
        """Cancels what is unfinished, without waiting for it."""


class Asking(Protocol):
    """Answers conversations, several at once."""

    @property
    def ready(self) -> bool:
        """Whether it can be asked now."""

    def chat(
        self,
        messages: Sequence[Message],
        sampling: SamplingOptions | None = None,
        tools: Sequence[Json] | None = None,
        continues: str = "",
    ) -> Generating:
        """Answers the conversation; the answer goes on after `continues`."""

    def prompt_tokens(self, messages: Sequence[Message], continues: str = "") -> int | None:
        """Of the prompt of `chat`; None where only whoever answers can know."""

    def text_tokens(self, text: str) -> int | None:
        """Of the text alone, likewise."""

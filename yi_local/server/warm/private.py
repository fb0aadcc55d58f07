"""What a server keeps for its person's other programs."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from yi_local.assistant.warm.programs import Kind


@dataclass(slots=True, eq=False)
class Private:
    """Of one event loop. `end` stops the program from any thread; None: it is not for others to."""

    token: str
    kind: Kind
    started_s: float  # Unix time
    end: Callable[[], None] | None = None
    _stopping: dict[int, Callable[[], None]] = field(default_factory=dict)  # by answer
    _cancelled: set[int] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def answering(self, stop: Callable[[], None]) -> Iterator[int]:
        """The answer's number, by which it can be cancelled meanwhile."""
        number = next(self._numbers)
        self._stopping[number] = stop
        try:
            yield number
        finally:
            del self._stopping[number]
            self._cancelled.discard(number)

    def cancel(self, number: int) -> None:
        """Nothing to do where it has ended."""
        if number in self._stopping:
            self._cancelled.add(number)
            self._stopping[number]()

    def is_cancelled(self, number: int) -> bool:
        return number in self._cancelled

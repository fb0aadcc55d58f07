"""The wish that answers end, from any thread and at any moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Stoppable(Protocol):
    def cancel(self) -> None:
        """Ends what runs soon, from any thread."""

    def close(self) -> None:
        """Nothing is wanted of it any more."""


class StopSign:
    """Once raised it stays so: what begins afterwards is stopped at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[Stoppable] = []
        self._is_up = False

    def raise_it(self) -> None:
        with self._lock:
            self._is_up = True
            running = tuple(self._running)
        for generation in running:
            generation.cancel()

    def is_up(self) -> bool:
        return self._is_up

    @contextmanager
    def over(self, generation: Stoppable) -> Iterator[None]:
        """While this lasts the sign stops the generation, which is closed at the end."""
        with self._lock:
            self._running.append(generation)
        try:
            if self._is_up:
                generation.cancel()
            yield
        finally:
            with self._lock:
                self._running.remove(generation)
            generation.close()

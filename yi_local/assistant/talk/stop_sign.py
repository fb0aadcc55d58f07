"""The wish that answers end, from any thread and at any moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from yi_local.engine.client import Generation


class StopSign:
    """Once raised it stays so: what begins afterwards is stopped at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[Generation] = []
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
    def over(self, generation: Generation) -> Iterator[None]:
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

"""Who needs a model that is open."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Use:
    """Who needs a model: the one that is loading it, and those it is answering."""

    def __init__(self) -> None:
        self.loading = threading.Lock()
        self.last_s = time.monotonic()
        self.loaded_s: float | None = None  # Unix time of the last load
        self._counting = threading.Lock()
        self._answers = 0

    @property
    def is_answering(self) -> bool:
        return self._answers > 0

    @property
    def n_answers(self) -> int:
        return self._answers

    @contextmanager
    def answering(self) -> Iterator[None]:
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._counting:
            self._answers += more
            self.last_s = time.monotonic()

"""The output's order: what is finished early waits for its turn."""

from collections import deque


class Turns:
    """Numbers begin in the input's order and finish in any; `ready` gives them back in order."""

    def __init__(self, ordered: bool) -> None:
        self._ordered = ordered
        self._open: deque[int] = deque()
        self._finished: dict[int, bytes] = {}

    def begin(self, number: int) -> None:
        if self._ordered:
            self._open.append(number)

    def finish(self, number: int, record: bytes) -> bool:
        """Whether it can go out at once; otherwise it waits for others."""
        self._finished[number] = record
        return not self._ordered or (bool(self._open) and self._open[0] == number)

    @property
    def n_waiting(self) -> int:
        """Finished, and not given back."""
        return len(self._finished)

    def ready(self) -> list[bytes]:
        """What can go out now, each once."""
        if not self._ordered:
            out = list(self._finished.values())
            self._finished.clear()
            return out
        out = []
        while self._open and self._open[0] in self._finished:
            out.append(self._finished.pop(self._open.popleft()))
        return out

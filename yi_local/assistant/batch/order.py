"""Which line comes next, so that what prompts have in common is still known to the engine."""

from bisect import bisect_left, insort
from collections import deque

from yi_local.assistant.batch.line import Line, key_of

Entry = tuple[str, int, Line]


class Order:
    """Lines that wait.

    Side by side, lines that begin alike follow each other. Alone, they go in the input's order:
    what the engine has computed before decides the last digit of what it computes, so that only
    the same order gives the same texts.
    """

    def __init__(self, side_by_side: bool) -> None:
        self._side_by_side = side_by_side
        self._in_turn: deque[Line] = deque()
        self._sorted: list[Entry] = []
        self._last = ""  # the key of the line that was taken last

    def __len__(self) -> int:
        return len(self._in_turn) + len(self._sorted)

    def add(self, line: Line) -> None:
        if self._side_by_side:
            insort(self._sorted, (key_of(line), line.number, line), key=_rank)
        else:
            self._in_turn.append(line)

    def take(self) -> Line | None:
        """None where nothing waits. Round and round: whatever comes in, each has its turn."""
        if self._in_turn:
            return self._in_turn.popleft()
        if not self._sorted:
            return None
        at = bisect_left(self._sorted, (self._last, 0), key=_rank) % len(self._sorted)
        self._last, _, line = self._sorted.pop(at)
        return line


def _rank(entry: Entry) -> tuple[str, int]:
    return entry[0], entry[1]

"""A mirror of the KV cache: which tokens each sequence holds in llama.cpp's memory."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True)
class Line:
    """One sequence's tokens: position i of the KV cache holds `tokens[i]`."""

    tokens: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)  # one id per token, shared after a copy
    batch_starts: list[int] = field(default_factory=list)  # where each decoded piece began
    used_at: int = 0  # a logical clock, for eviction


class KvBook:
    """Counts the cells of a unified KV cache exactly, shared prefixes once."""

    def __init__(self, n_cells: int, n_seq_max: int) -> None:
        self.n_cells = n_cells
        self.lines = [Line() for _ in range(n_seq_max)]
        self._owners: Counter[int] = Counter()  # cell id -> sequences that share it
        self._next_cell = count()
        self._clock = count(1)

    @property
    def free(self) -> int:
        return self.n_cells - len(self._owners)

    def touch(self, seq: int) -> None:
        self.lines[seq].used_at = next(self._clock)

    def append(self, seq: int, tokens: Sequence[int]) -> None:
        """The tokens of one decoded piece."""
        line = self.lines[seq]
        cells = [next(self._next_cell) for _ in tokens]
        line.batch_starts.append(len(line.tokens))
        line.tokens.extend(tokens)
        line.cells.extend(cells)
        self._owners.update(cells)
        self.touch(seq)

    def truncate(self, seq: int, length: int) -> None:
        line = self.lines[seq]
        for cell in line.cells[length:]:
            self._owners[cell] -= 1
            if not self._owners[cell]:
                del self._owners[cell]
        del line.tokens[length:], line.cells[length:]
        line.batch_starts = [start for start in line.batch_starts if start < length]

    def copy(self, source: int, target: int, length: int) -> None:
        """Shares the first `length` cells of `source` with `target`, which must be empty."""
        origin, line = self.lines[source], self.lines[target]
        line.tokens = origin.tokens[:length]
        line.cells = origin.cells[:length]
        line.batch_starts = [start for start in origin.batch_starts if start < length]
        self._owners.update(line.cells)
        self.touch(target)

    def cells_of(self, seqs: Sequence[int]) -> int:
        """How many cells these sequences hold together."""
        return len({cell for seq in seqs for cell in self.lines[seq].cells})

    def longest_prefix(self, tokens: Sequence[int]) -> tuple[int, int]:
        """The sequence that shares most of `tokens` from the start, with how many."""
        lengths = [common_prefix(line.tokens, tokens) for line in self.lines]
        best = max(range(len(lengths)), key=lambda seq: (lengths[seq], self.lines[seq].used_at))
        return best, lengths[best]

    def piece_start(self, seq: int, end: int) -> int | None:
        """Where the piece began that ended exactly at `end`; None when no piece did."""
        line = self.lines[seq]
        index = bisect_right(line.batch_starts, end - 1)
        if not index:
            return None
        next_start = (
            line.batch_starts[index] if index < len(line.batch_starts) else len(line.tokens)
        )
        return line.batch_starts[index - 1] if next_start == end else None


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """Compared in slices, which Python does in C: a 200,000-token prefix takes a millisecond."""
    low, high = 0, min(len(a), len(b))
    if a[:high] == b[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low

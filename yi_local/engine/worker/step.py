"""What one decode step does: to the memory first, then the tokens it computes."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remove:
    """Forget positions `start` and above of a sequence."""

    seq: int
    start: int


@dataclass(frozen=True, slots=True)
class Copy:
    """Share the first `length` positions of `source` with `target`."""

    source: int
    target: int
    length: int


Operation = Remove | Copy


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive tokens of one job; logits are wanted for the last when it is the job's last."""

    job_id: int
    seq: int
    start: int
    tokens: Sequence[int]
    wants_logits: bool


@dataclass(frozen=True, slots=True)
class Step:
    operations: tuple[Operation, ...]  # on the memory, in order, before the decode
    pieces: tuple[Piece, ...]

    @property
    def n_tokens(self) -> int:
        return sum(len(piece.tokens) for piece in self.pieces)

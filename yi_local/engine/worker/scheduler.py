"""Decides what the next decode step computes, knowing tokens but not llama.cpp.

A job is one request; a sequence is a row of the KV cache. A sequence whose job has ended stays,
idle, as a prefix that later jobs may take over or copy, until its row or its cells are needed.

    submit -> waiting -> (plan) running: prefill, then one token a step -> release -> idle
                 ^                  |
                 +---- preempted ---+   when the cache is full, the youngest job waits again
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.engine.worker.kv_book import KvBook, common_prefix
from yi_local.engine.worker.step import Copy, Operation, Piece, Remove, Step

_WORTH_WAITING = 32  # tokens; to begin to wait for fewer would cost more than it saves


@dataclass(slots=True)
class Job:
    id: int
    tokens: list[int]  # the prompt, then every sampled token
    prompt_tokens: int
    repeatable: bool  # recompute the last piece of a known prompt in its first shape
    seq: int | None = None  # None: waiting
    waits: bool = False  # it has waited for a prefix that another job computes
    cached_tokens: int | None = None  # found in the KV cache when it was first admitted


class Scheduler:
    """Every running job decodes one token a step; what is left of the batch is prefill.

    Prefill goes round: each step begins with the job that waited longest for its turn.
    """

    def __init__(
        self,
        n_ctx: int,
        n_seq_max: int,
        n_batch: int,
        can_cut: bool = True,
        reuses: bool = True,
    ) -> None:
        self._n_batch = n_batch
        self._reuses = reuses  # False: every prompt is computed whole
        self._can_cut = can_cut  # False: recurrent, hybrid and SWA memories are all or nothing
        self._book = KvBook(n_ctx, n_seq_max)
        self._jobs: dict[int, Job] = {}
        self._waiting: deque[Job] = deque()
        self._running: list[Job] = []  # oldest first
        self._turns: deque[Job] = deque()  # whose prefill goes first
        self._blocked = False  # nothing has changed since the first in the queue did not fit

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def job(self, job_id: int) -> Job:
        return self._jobs[job_id]

    def done_tokens(self, job_id: int) -> int:
        """How many of the job's tokens are in the KV cache."""
        seq = self._jobs[job_id].seq
        return 0 if seq is None else len(self._book.lines[seq].tokens)

    def submit(self, job_id: int, prompt: Sequence[int], repeatable: bool = False) -> None:
        if not 0 < len(prompt) < self._book.n_cells:
            raise ValueError("a prompt must leave room for one token")
        job = Job(job_id, list(prompt), len(prompt), repeatable)
        self._jobs[job_id] = job
        self._waiting.append(job)
        self._blocked = False

    def push(self, job_id: int, token: int) -> None:
        """A sampled token, to be decoded in the next step."""
        self._jobs[job_id].tokens.append(token)

    def release(self, job_id: int) -> None:
        """The job has ended or was cancelled; its sequence stays as a prefix."""
        job = self._jobs.pop(job_id)
        if job.seq is None:
            self._waiting.remove(job)
        else:
            self._stop(job)
        self._blocked = False

    def plan(self, prefill_limit: int) -> Step:
        """The next step; `prefill_limit` bounds its prefill tokens while others decode."""
        operations = self._admit() if self._waiting and not self._blocked else []
        if self._book.free < self._n_batch:  # else there is room whatever the step takes
            operations += self._make_room(*self._cells_wanted(prefill_limit))
        pieces = [self._piece(job, 1) for job in self._running if self._pending(job) == 1]
        if len(pieces) == len(self._running):
            return Step(tuple(operations), tuple(pieces))
        budget = min(self._prefill_budget(prefill_limit), self._book.free - len(pieces))
        for job in list(self._turns):
            pending = self._pending(job)
            if pending > 1 and budget > 0:
                size = min(pending, budget)
                pieces.append(self._piece(job, size))
                budget -= size
                self._turns.remove(job)
                self._turns.append(job)
        return Step(tuple(operations), tuple(pieces))

    def commit(self, step: Step) -> None:
        """The step was decoded."""
        for piece in step.pieces:
            self._book.append(piece.seq, piece.tokens)
            if piece.wants_logits and piece.start < self._jobs[piece.job_id].prompt_tokens:
                self._blocked = False  # a prompt is computed: others may have waited to share it

    def roll_back(self, step: Step) -> tuple[Operation, ...]:
        """The step was aborted or failed: what undoes whatever part of it was computed."""
        for piece in step.pieces:
            if not self._can_cut:
                self._book.truncate(piece.seq, 0)
        return tuple(
            Remove(piece.seq, len(self._book.lines[piece.seq].tokens)) for piece in step.pieces
        )

    def lost(self, seq: int) -> None:
        """The memory no longer holds this sequence; its job computes it again."""
        self._book.truncate(seq, 0)

    def shrink(self) -> tuple[Operation, ...]:
        """Frees cells after llama.cpp found no room where the book saw some; () when it cannot."""
        return tuple(self._make_room(self._book.free + 1, self._book.free + 1))

    # -- admission

    def _admit(self) -> list[Operation]:
        operations: list[Operation] = []
        for job in list(self._waiting):
            if self._comes_soon(job):
                continue
            placed = self._place(job)
            if placed is None:
                self._blocked = True
                break
            self._waiting.remove(job)
            self._running.append(job)
            self._turns.append(job)
            operations += placed
        return operations

    def _comes_soon(self, job: Job) -> bool:
        """Whether a running job is computing what this one can then share.

        So several answers to one prompt, asked for together, compute it once.
        """
        if not self._can_cut or not self._reuses:
            return False
        known = None
        for other in self._running:
            if self._pending(other) <= 1:
                continue
            shared = min(common_prefix(other.tokens, job.tokens), len(job.tokens) - 1)
            if job.repeatable and shared == len(job.tokens) - 1:
                shared -= self._n_batch  # its last piece is computed again
            if shared <= self.done_tokens(other.id):
                continue
            if known is None:
                known = self._reusable(job)[1]
            if shared - known >= (1 if job.waits else _WORTH_WAITING):
                job.waits = True
                return True
        return False

    def _place(self, job: Job) -> list[Operation] | None:
        """Gives the job a sequence with the longest known prefix; None when it must wait."""
        donor, length = self._reusable(job)
        target = self._target(donor, length)
        if target is None or not self._fits(job, donor, length):
            return None
        operations: list[Operation] = []
        keep = length if target == donor else 0
        if len(self._book.lines[target].tokens) > keep:
            self._book.truncate(target, keep)
            operations.append(Remove(target, keep))
        if target != donor and length:
            self._book.copy(donor, target, length)
            operations.append(Copy(donor, target, length))
        self._book.touch(target)
        job.seq = target
        if job.cached_tokens is None:
            job.cached_tokens = length
        return operations

    def _reusable(self, job: Job) -> tuple[int, int]:
        """The best donor, with how many of its tokens to keep: at least one is left to decode."""
        donor, shared = self._book.longest_prefix(job.tokens)
        if not self._reuses:
            return donor, 0
        length = min(shared, len(job.tokens) - 1)
        if not self._can_cut:
            whole = length == len(self._book.lines[donor].tokens) and self._idle(donor)
            return donor, length if whole else 0
        if job.repeatable and shared >= len(job.tokens) - 1:
            start = self._book.piece_start(donor, len(job.tokens))
            length = length if start is None else start
        return donor, length

    def _target(self, donor: int, length: int) -> int | None:
        lines = self._book.lines
        if self._idle(donor) and 0 < length == len(lines[donor].tokens):
            return donor  # it goes on where the donor ended
        idle = [seq for seq in range(len(lines)) if self._idle(seq)]
        spare = [seq for seq in idle if seq != donor or not length]
        if spare:  # empty ones first, then the least recently used
            return min(spare, key=lambda seq: (bool(lines[seq].tokens), lines[seq].used_at))
        return donor if donor in idle else None

    def _fits(self, job: Job, donor: int, length: int) -> bool:
        """Whether all running jobs can finish their prefill beside this one."""
        seqs = [other.seq for other in self._running if other.seq is not None]
        if donor not in seqs:
            kept = self._book.cells_of(seqs) + length
        else:
            kept = self._book.cells_of(seqs)
        outstanding = sum(self._pending(other) for other in self._running)
        return kept + outstanding + len(job.tokens) - length <= self._book.n_cells

    # -- room

    def _cells_wanted(self, prefill_limit: int) -> tuple[int, int]:
        """The cells a full step takes, and those without which nobody moves."""
        pending = [self._pending(job) for job in self._running]
        decoding = sum(1 for n in pending if n == 1)
        prefill = sum(n for n in pending if n > 1)
        wanted = decoding + min(self._prefill_budget(prefill_limit), prefill)
        return wanted, decoding or min(wanted, 1)

    def _prefill_budget(self, prefill_limit: int) -> int:
        decoding = sum(1 for job in self._running if self._pending(job) == 1)
        return min(prefill_limit if decoding else self._n_batch, self._n_batch - decoding)

    def _make_room(self, wanted: int, needed: int) -> list[Operation]:
        """Drops idle sequences, oldest first; for what is needed, the youngest jobs wait."""
        operations: list[Operation] = []
        while self._book.free < wanted:
            idle = [
                seq for seq, line in enumerate(self._book.lines) if line.tokens and self._idle(seq)
            ]
            if idle:
                seq = min(idle, key=lambda seq: self._book.lines[seq].used_at)
            elif self._book.free < needed and len(self._running) > 1:
                seq = self._preempt(self._running[-1])
            else:
                break
            self._book.truncate(seq, 0)
            operations.append(Remove(seq, 0))
        return operations

    def _preempt(self, job: Job) -> int:
        seq = self._stop(job)
        self._waiting.appendleft(job)
        self._blocked = True  # until another job ends
        return seq

    def _stop(self, job: Job) -> int:
        assert job.seq is not None
        seq, job.seq = job.seq, None
        self._running.remove(job)
        self._turns.remove(job)
        return seq

    def _idle(self, seq: int) -> bool:
        return all(job.seq != seq for job in self._running)

    # -- pieces

    def _pending(self, job: Job) -> int:
        assert job.seq is not None
        return len(job.tokens) - len(self._book.lines[job.seq].tokens)

    def _piece(self, job: Job, size: int) -> Piece:
        assert job.seq is not None
        start = len(self._book.lines[job.seq].tokens)
        tokens = job.tokens[start : start + size]
        return Piece(job.id, job.seq, start, tokens, start + size == len(job.tokens))

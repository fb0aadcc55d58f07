"""The memory and the compute of one loaded model: batches in, logits out."""

import ctypes as C
import sys
from collections.abc import Iterable
from enum import Enum
from typing import Any

from yi_local.engine.memory_words import tells_of_no_memory
from yi_local.engine.worker.model import Model
from yi_local.engine.worker.params import context_params
from yi_local.engine.worker.step import Copy, Operation, Remove, Step
from yi_local.errors import CannotLoad, NotEnoughMemory, UsageError, YiLocalError
from yi_local.language import tr
from yi_local.types import LoadOptions

SMALLEST_N_CTX = 16  # tokens; a prompt of a few words with its template
DEFAULT_N_CTX = 8192  # tokens; the whole window of a 200K model would need tens of GB of KV cache


class Decoded(Enum):
    OK = 0
    FULL = 1  # no room found in the KV cache
    ABORTED = 2  # the abort flag was set


class AbortFlag:
    """One byte that llama.cpp looks at between graph nodes, to stop a decode half-way.

    llama.cpp wants a C function; a Python one would cost a call for each of the thousand nodes of
    a token. C's own strlen(flag) is 0 ("go on") for an empty string and 1 ("stop") for "\\1", so
    no Python runs at all.
    """

    def __init__(self, ll: Any) -> None:
        library = C.cdll.msvcrt if sys.platform == "win32" else C.CDLL(None)
        self.callback = C.cast(library.strlen, ll.ggml_abort_callback)
        self.buffer = C.create_string_buffer(2)

    def set(self) -> None:
        self.buffer[0] = b"\1"

    def clear(self) -> None:
        self.buffer[0] = b"\0"


class Context:
    """Owns a llama_context with a unified KV cache for `n_seq_max` sequences."""

    def __init__(self, model: Model, options: LoadOptions, n_threads: int) -> None:
        self.ll = ll = model.ll
        self.model = model
        wanted = options.n_ctx or min(model.n_ctx_train or DEFAULT_N_CTX, DEFAULT_N_CTX)
        if wanted < SMALLEST_N_CTX:
            raise UsageError(
                tr("A context of {wanted} tokens is too small.", wanted=wanted),
                tr("Take {n} or more.", n=SMALLEST_N_CTX),
            )
        params = context_params(ll, options, wanted, n_threads)
        self.n_batch = int(params.n_batch)
        self.pointer = ll.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise self._why_not(wanted)
        self.n_ctx = min(int(ll.llama_n_ctx(self.pointer)), wanted)
        self.memory = ll.llama_get_memory(self.pointer)
        self.abort = AbortFlag(ll)
        ll.llama_set_abort_callback(
            self.pointer, self.abort.callback, C.cast(self.abort.buffer, C.c_void_p)
        )
        self._batch = ll.llama_batch_init(self.n_batch, 0, 1)

    def _why_not(self, wanted: int) -> CannotLoad:
        log = self.model.log
        if tells_of_no_memory("\n".join(log.errors)):
            return NotEnoughMemory(
                tr("There is not enough memory for a context of {wanted} tokens.", wanted=wanted),
                tr("Ask for a smaller one with --ctx."),
            )
        return CannotLoad(
            tr(
                "llama.cpp makes no context of {wanted} tokens for this model: {reason}.",
                wanted=wanted,
                reason=log.reason,
            ),
            tr("Other options may work: another --kv-type, a smaller --ctx."),
        )

    def apply(self, operations: Iterable[Operation]) -> list[int]:
        """Changes the memory; returns the sequences that could not be cut and are now empty."""
        lost = []
        for operation in operations:
            match operation:
                case Remove(seq, start):
                    if not self.ll.llama_memory_seq_rm(self.memory, seq, start, -1):
                        self.ll.llama_memory_seq_rm(self.memory, seq, -1, -1)
                        lost.append(seq)
                case Copy(source, target, length):
                    self.ll.llama_memory_seq_cp(self.memory, source, target, 0, length)
        return lost

    def decode(self, step: Step) -> tuple[Decoded, dict[int, int]]:
        """Computes the step; logits of a job are then at the returned index of the batch."""
        batch, index, rows = self._batch, 0, {}
        for piece in step.pieces:
            for offset, token in enumerate(piece.tokens):
                batch.token[index] = token
                batch.pos[index] = piece.start + offset
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = piece.seq
                batch.logits[index] = 0
                index += 1
            if piece.wants_logits:
                batch.logits[index - 1] = 1
                rows[piece.job_id] = index - 1
        batch.n_tokens = index
        status = self.ll.llama_decode(self.pointer, batch)
        if status not in (0, 1, 2):
            raise YiLocalError(
                tr("llama.cpp failed to compute (llama_decode returned {status}).", status=status),
                tr("The engine's log says more."),
            )
        return Decoded(status), rows

    def warm_up(self) -> None:
        """Two tokens: pages the weights in, and shows here whether the CPU's kernels work."""
        batch = self._batch
        for index in range(2):
            batch.token[index] = batch.pos[index] = batch.n_seq_id[index] = index
            batch.n_seq_id[index], batch.seq_id[index][0], batch.logits[index] = 1, 0, index
        batch.n_tokens = 2
        self.ll.llama_decode(self.pointer, batch)
        self.ll.llama_memory_clear(self.memory, True)

"""Between the thread that reads from the network and whoever writes to the disk."""

import threading

from yi_local.hub.remote.answer import Again

BLOCK_BYTES = 1 << 19  # this much is hashed and written at once
_BLOCK_S = 0.05  # or what came in that time: a kill loses no more
# The reader waits for a slow disk. More would leave the processor's caches: 8 MiB took 1.8 times
# as long on two cores.
_MOST_BYTES = 4 * BLOCK_BYTES

Outcome = Again | BaseException  # how an attempt ended


class Inbox:
    """Pieces in their order, then an outcome."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._changed = threading.Condition()
        self._pieces: list[bytes] = []
        self._n_bytes = 0
        self._outcome: Outcome | None = None
        self._closed = False

    def put(self, piece: bytes) -> bool:
        """False: nobody wants any more."""
        with self._changed:
            self._pieces.append(piece)
            self._n_bytes += len(piece)
            if self._n_bytes >= BLOCK_BYTES:
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or self._n_bytes < self._most_bytes)
            return not self._closed

    def end(self, outcome: Outcome) -> None:
        with self._changed:
            self._outcome = outcome
            self._changed.notify_all()

    def take(self) -> bytes | Outcome | None:
        """None: nothing came for a moment."""
        with self._changed:
            self._changed.wait_for(self._is_worth_it, _BLOCK_S)
            if not self._pieces:
                return self._outcome
            block = b"".join(self._pieces)
            self._pieces, self._n_bytes = [], 0
            self._changed.notify_all()
            return block

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._pieces, self._n_bytes = [], 0
            self._changed.notify_all()

    def _is_worth_it(self) -> bool:
        return self._n_bytes >= BLOCK_BYTES or self._outcome is not None

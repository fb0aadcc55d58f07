"""Sends what is written to the disk while more is on its way.

So the wait at the end is short, and a power cut takes little of what was fetched.
"""

import os
import threading

STEP_BYTES = 64 << 20


class Flusher:
    """At most one flush at a time; an error is raised by the next call.

    The system tells it once only, so the fsync at the end would know nothing of it.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._begun_bytes = 0
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None

    def written(self, position: int) -> None:
        idle = self._thread is None or not self._thread.is_alive()
        if idle and position - self._begun_bytes >= STEP_BYTES:
            self.wait()
            self._begun_bytes = position
            self._thread = threading.Thread(target=self._flush, name="flush")
            self._thread.start()

    def restart(self) -> None:
        self.wait()
        self._begun_bytes = 0

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _flush(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            self._error = error

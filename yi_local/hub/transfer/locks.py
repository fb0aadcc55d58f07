"""The lock by which programs that share the cache take turns at one file."""

from contextlib import suppress
from pathlib import Path

import filelock

_MODE = 0o664  # huggingface_hub 2.4.0, utils/_fixes.py


class Lock:
    """huggingface_hub's own, on the same lock file; where flock is missing, a file that exists."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock: filelock.BaseFileLock = filelock.FileLock(path, mode=_MODE, thread_local=False)

    def take(self, timeout_s: float) -> bool:
        """Whether it is ours now."""
        try:
            self._lock.acquire(timeout=timeout_s, poll_interval=0.05)
        except filelock.Timeout:
            return False
        except NotImplementedError:  # the file system has no flock
            self._lock = filelock.SoftFileLock(self._path, mode=_MODE, thread_local=False)
            return self.take(timeout_s)
        return True

    def release(self) -> None:
        with suppress(OSError):  # network file systems forget locks; nothing depends on it
            self._lock.release()

"""The child process: its pipes, its log, how it ended."""

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue

from yi_local.engine import protocol
from yi_local.engine.memory_words import tells_of_no_memory
from yi_local.errors import EngineDied, YiLocalError
from yi_local.language import tr
from yi_local.types import Json

WORKER_COMMAND = (sys.executable, "-m", "yi_local.engine.worker")
# ggml would start a debugger on an abort, whose traces hide the reason in the log.
# glibc raises its threshold when a large block is freed, and then keeps the next ones as holes in
# its heap: without flash attention a growing work buffer left up to 32 MiB of them.
_ENVIRONMENT = {"GGML_NO_BACKTRACE": "1", "MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
_LOGS_KEPT = 10
_TAIL_LINES = 8


class WorkerProcess:
    """Sends requests, hands each answer's lines to whoever asked, notices the end."""

    def __init__(self, command: Sequence[str], log_dir: Path, *, log_name: str = "engine") -> None:
        self._log_path = _new_log(log_dir, log_name)
        with self._log_path.open("wb") as log:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                errors="replace",
                env=os.environ | _ENVIRONMENT,
                start_new_session=True,  # the terminal's Ctrl-C is the parent's to handle
            )
        self._ids = itertools.count(1)
        self._sending = threading.Lock()  # its own: a full pipe must not stop the reading
        self._lock = threading.Lock()  # guards the three below
        self._queues: dict[int | None, Queue[Json | YiLocalError]] = {}
        self._death: EngineDied | None = None
        self._accusation: str | None = None  # why we ended it ourselves
        threading.Thread(target=self._read, daemon=True, name="engine-reader").start()

    @property
    def alive(self) -> bool:
        return self._death is None and self._popen.poll() is None

    @property
    def process_id(self) -> int:
        return self._popen.pid

    def new_id(self) -> int:
        return next(self._ids)

    def open(self, request_id: int | None) -> Queue[Json | YiLocalError]:
        """The queue of a request's lines, ended by an error when the child dies."""
        queue: Queue[Json | YiLocalError] = Queue()
        with self._lock:
            if self._death is not None:
                queue.put(self._death)
            else:
                self._queues[request_id] = queue
        return queue

    def forget(self, request_id: int | None) -> None:
        with self._lock:
            self._queues.pop(request_id, None)

    def send(self, request: Json) -> None:
        """Never raises: if the child is gone, the reader tells everybody."""
        assert self._popen.stdin is not None
        with self._sending, suppress(OSError, ValueError):  # ValueError: closed on our side
            self._popen.stdin.write(protocol.encode(request))
            self._popen.stdin.flush()

    def stream(self, request_id: int | None, request: Json, hang_s: float) -> Iterator[Json]:
        """A request and the lines that answer it. Raises what the child reports, or its death."""
        queue = self.open(request_id)
        try:
            self.send(request if request_id is None else request | {"id": request_id})
            while True:
                try:
                    line = queue.get(timeout=hang_s)
                except Empty:
                    raise self.hung(hang_s) from None
                if isinstance(line, YiLocalError):
                    raise line
                yield line
        finally:
            self.forget(request_id)

    def hung(self, seconds: float) -> EngineDied:
        """Ends a child that does not answer."""
        self._accuse(
            tr("it did not answer for {seconds} s, so it was ended", seconds=f"{seconds:g}")
        )
        self._popen.kill()
        self._popen.wait()
        return self._obituary()

    def kill(self) -> None:
        self._accuse(tr("it was closed"))
        self._popen.kill()
        self._popen.wait()
        assert self._popen.stdin is not None
        with suppress(OSError):  # a last unsent line
            self._popen.stdin.close()

    # -- the reading thread

    def _read(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as lines:
            for text in lines:
                try:
                    self._route(protocol.decode(text))
                except (ValueError, KeyError, TypeError):
                    self._accuse(
                        tr("it wrote something that is not its protocol: {text!r}", text=text[:80])
                    )
                    self._popen.kill()
                    break
        self._popen.wait()
        self._bury()

    def _route(self, line: Json) -> None:
        answer = protocol.error_from(line) if line["event"] == "error" else line
        with self._lock:
            queue = self._queues.get(line.get("id"))
        if queue is not None:
            queue.put(answer)

    def _bury(self) -> None:
        with self._lock:
            self._death = self._obituary()
            queues, self._queues = list(self._queues.values()), {}
        for queue in queues:
            queue.put(self._death)

    # -- how it ended

    def _accuse(self, reason: str) -> None:
        with self._lock:
            self._accusation = self._accusation or reason

    def _obituary(self) -> EngineDied:
        code = self._popen.returncode
        reason = self._accusation or _cause(code)
        message = tr("The engine process has ended: {reason}.", reason=reason)
        tail = _tail(self._log_path)
        if tail:
            message += "\n" + tr("The end of its log:\n{tail}", tail=tail)
        crashed = self._accusation is None and code != 0
        return EngineDied(
            message,
            tr("Its whole log is {file}.", file=self._log_path),
            crashed=crashed,
            for_memory=crashed and (code == -signal.SIGKILL or tells_of_no_memory(tail)),
        )


def _cause(code: int) -> str:
    if code >= 0:
        return tr("exit code {code}", code=code)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = tr("signal {number}", number=-code)
    if name == "SIGKILL":
        return tr("killed by SIGKILL, by somebody or by the system for want of memory")
    return tr("killed by {name}", name=name)


def _new_log(log_dir: Path, name: str) -> Path:
    """A log of its own for every child; the oldest ones go."""
    log_dir.mkdir(parents=True, exist_ok=True)
    logs = sorted(log_dir.glob(f"{name}-*.log"), key=lambda path: path.stat().st_mtime)
    for old in logs[: max(0, len(logs) - _LOGS_KEPT + 1)]:
        old.unlink(missing_ok=True)
    for number in itertools.count(1):
        path = log_dir / f"{name}-{os.getpid()}-{number}.log"
        if not path.exists():
            return path
    raise AssertionError("unreachable")


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 4096))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line for line in text.splitlines() if line.strip(" .")]
    return "\n".join(lines[-_TAIL_LINES:])

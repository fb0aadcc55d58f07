"""`yi` as a process: in pipes, and on a pseudo-terminal."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_gguf import write_smallest

LAUNCHER = Path(__file__).parent / "launcher.py"
PATIENCE_S = 30.0

Completed = subprocess.CompletedProcess[bytes]


def without_plan(done: Completed) -> Completed:
    first, _, rest = done.stderr.partition(b"\n")
    if first.startswith(b"plan: "):
        done.stderr = rest
        done.told = first.decode()  # type: ignore[attr-defined]
    return done


class Terminal:
    """A process on a pseudo-terminal; what it wrote is in `seen`."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], **streams: Any) -> None:
        self._master, slave = os.openpty()
        places = {"stdin": slave, "stdout": slave, "stderr": slave, **streams}
        self.process = subprocess.Popen(command, env=environ, start_new_session=True, **places)
        os.close(slave)
        self.seen = ""
        self._expected = 0  # how much of it has been asked for

    def expect(self, text: str) -> str:
        """Reads on until the text appears; returns what came since the last expected text."""
        start, deadline = self._expected, time.monotonic() + PATIENCE_S
        while (at := self.seen.find(text, start)) < 0:
            assert self._read(deadline), f"{text!r} did not come, only {self.seen[start:]!r}"
        self._expected = at + len(text)
        return self.seen[start : self._expected]

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def end(self) -> int:
        """Reads to the end; the exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self._read(deadline):
            pass
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        os.close(self._master)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(deadline - time.monotonic(), 0))
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # EIO: the last process on it has gone
            data = b""
        self.seen += data.decode("utf-8", "backslashreplace")
        return bool(data)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_smallest(tmp_path / "tiny.gguf"))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return {
        **kept,
        "YI_LOCAL_HOME": str(tmp_path / "home"),
        "TERM": "xterm-256color",
        "PYTHONPATH": str(LAUNCHER.parents[2]),  # this checkout, whatever is installed
    }


@pytest.fixture
def command() -> Callable[..., list[str]]:
    def build(*argv: str, worker: Sequence[str] = ()) -> list[str]:
        return [sys.executable, "-W", "error", str(LAUNCHER), json.dumps(list(worker)), *argv]

    return build


@pytest.fixture
def yi(command: Callable[..., list[str]], environ: dict[str, str]) -> Callable[..., Completed]:
    """Runs it in pipes, with nothing piped in unless `input` is given.

    The line that tells the plan of a load is taken off stderr; `told` keeps it.
    """

    def run(*argv: str, worker: Sequence[str] = (), input: bytes = b"") -> Completed:
        line = command(*argv, worker=worker)
        done = subprocess.run(
            line, input=input, capture_output=True, env=environ, timeout=PATIENCE_S, check=False
        )
        return without_plan(done)

    return run


@pytest.fixture
def started(
    command: Callable[..., list[str]], environ: dict[str, str]
) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts it in pipes and returns at once; `input` is all of its stdin."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*argv: str, input: bytes = b"") -> "subprocess.Popen[bytes]":
        pipe = subprocess.PIPE
        line = command(*argv)
        process = subprocess.Popen(line, env=environ, stdin=pipe, stdout=pipe, stderr=pipe)
        processes.append(process)
        assert process.stdin is not None
        process.stdin.write(input)
        process.stdin.close()
        process.stdin = None  # communicate() would flush it
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def terminal(
    command: Callable[..., list[str]], environ: dict[str, str]
) -> Iterator[Callable[..., Terminal]]:
    """Starts it on a pseudo-terminal; single streams can be put elsewhere."""
    started: list[Terminal] = []

    def start(*argv: str, worker: Sequence[str] = (), env: Any = (), **streams: Any) -> Terminal:
        line = command(*argv, worker=worker)
        started.append(Terminal(line, {**environ, **dict(env)}, **streams))
        return started[-1]

    yield start
    for one in started:
        one.close()

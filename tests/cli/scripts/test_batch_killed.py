"""`yi batch` ended by kill -9 at any moment: no line is lost, none comes twice."""

import random
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.batches import records, texts, write_lines

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]
N_LINES = 500
N_KILLS = 9


@pytest.mark.parametrize("options", [(), ("--unordered",), ("--parallel", "1")], ids=" ".join)
def test_after_any_kill_the_same_command_goes_on(
    yi: Yi, started: Any, model: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Killed while it starts, while it writes the first lines, and later ones."""
    chance = random.Random(" ".join(options))
    asked = [f"say answer {n} {'long ' * chance.randrange(30)}".rstrip() for n in range(N_LINES)]
    file = write_lines(tmp_path / "in.jsonl", asked)
    out = tmp_path / "out.jsonl"
    argv = ("batch", str(file), model, "-o", str(out), *options)
    n_gone_on = 0
    for kill in range(N_KILLS):
        before = out.stat().st_size if out.exists() else 0
        process = started(*argv)
        wait_for(out, before + chance.randrange(1, 6000) if kill % 4 != 3 else 0, process)
        process.kill()
        process.communicate()
        n_gone_on += 0 < before < out.stat().st_size if out.exists() else 0
    assert n_gone_on >= 2  # or nothing of this was tried
    done = yi(*argv)
    assert done.returncode == 0, done.stderr
    numbers = [record["line"] for record in records(out)]
    assert sorted(numbers) == list(range(1, N_LINES + 1))
    if "--unordered" not in options:
        assert numbers == sorted(numbers)
    by_number = dict(zip(numbers, texts(out), strict=True))
    assert [by_number[n] for n in range(1, N_LINES + 1)] == [
        text.removeprefix("say ") for text in asked
    ]
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.jsonl"]


def wait_for(file: Path, size: int, process: "subprocess.Popen[bytes]") -> None:
    """Until the file has so many bytes, or the process has come to its end."""
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        if size == 0 or (file.exists() and file.stat().st_size >= size):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.001)

"""`yi batch` on the demo model: the same texts every time, beginnings shared."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.batches import records, write_lines

pytestmark = pytest.mark.model

SYSTEM = "You answer in a few words. " * 12
Real = Callable[..., None]


@pytest.fixture
def real(demo_model: Path, environ: dict[str, str]) -> Real:
    def run(*argv: str) -> None:
        words = [sys.executable, "-m", "yi_local", "batch", *argv, "demo", "--ctx", "2048"]
        subprocess.run(words, env=environ, check=True, capture_output=True)

    return run


@pytest.fixture
def asked(tmp_path: Path) -> str:
    prompts = [
        f"Name {n} animals that live in {place}." for n in (2, 3) for place in ("water", "ice")
    ]
    return str(write_lines(tmp_path / "in.jsonl", prompts))


def test_one_at_a_time_with_a_seed_gives_the_same_bytes_also_when_it_was_stopped(
    real: Real, asked: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    options = ("--parallel", "1", "--seed", "5", "--temperature", "1", "-n", "16")
    system = ("--system", SYSTEM)
    real(asked, "-o", str(first), *options, *system)
    whole = first.read_bytes()
    for lines in (0, 1, 3):
        second.write_bytes(b"".join(whole.splitlines(keepends=True)[:lines]))
        real(asked, "-o", str(second), *options, *system)
        assert second.read_bytes() == whole
    assert len({record["text"] for record in records(first)}) == 4


def test_what_prompts_begin_with_is_computed_once(real: Real, asked: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    real(asked, "-o", str(out), "-n", "8", "--system", SYSTEM)
    cached = sorted(record["usage"]["cached_tokens"] for record in records(out))
    assert cached[0] == 0
    assert cached[1] > 60

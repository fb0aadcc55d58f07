"""What the benchmarks share: the demo model in an engine, medians, the baseline's process."""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yi_local.assistant.models.reference import find_model
from yi_local.engine.client import Engine, Generation
from yi_local.types import Done, LoadOptions, TextDelta, Usage

BARE = Path(__file__).with_name("bare.py")


@contextmanager
def demo_engine(**options: object) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder, Engine(log_dir=Path(folder)) as engine:
        for _ in engine.load(LoadOptions(str(demo_path()), **options)):
            pass
        yield engine


def demo_path() -> Path:
    return find_model("demo")


def finish(generation: Generation) -> tuple[str, Usage]:
    text, usage = [], None
    for event in generation:
        if isinstance(event, TextDelta):
            text.append(event.text)
        elif isinstance(event, Done):
            usage = event.usage
    assert usage is not None
    return "".join(text), usage


def bare_tps(mode: str, n_tokens: int, threads: int, repack: bool, *rest: int) -> float:
    arguments = [mode, demo_path(), n_tokens, threads, int(repack), *rest]
    command = [sys.executable, BARE, *arguments]
    return float(subprocess.check_output([str(part) for part in command]))


def summary(name: str, values: list[float], unit: str) -> str:
    low, high = min(values), max(values)
    return f"{name}: median {statistics.median(values):.3g} {unit} ({low:.3g} to {high:.3g})"

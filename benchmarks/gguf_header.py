"""Reading the demo model's header, by yi_local and by the gguf package, in the same run."""

import statistics
import time
from collections.abc import Callable, Collection
from pathlib import Path

import gguf
from common import demo_path, summary

from yi_local.gguf_file import open_model_file, read_header

ROUNDS, BASELINE_ROUNDS = 20, 3
VOCABULARY = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")


def main() -> None:
    path = Path(demo_path())
    ours = _timed(lambda: _read(path, ()), ROUNDS)
    kept = _timed(lambda: _read(path, VOCABULARY), ROUNDS)
    theirs = _timed(lambda: gguf.GGUFReader(path), BASELINE_ROUNDS)
    built = _timed(lambda: _build_vocabulary(path), BASELINE_ROUNDS)
    print(summary("yi_local, lists skipped", ours, "ms"))
    print(summary("yi_local, tokens and token types built", kept, "ms"))
    print(summary("gguf.GGUFReader", theirs, "ms"))
    print(summary("gguf.GGUFReader, tokens and token types built", built, "ms"))
    print(f"ratio gguf / yi_local, lists skipped: {_ratio(theirs, ours):.0f}")
    print(f"ratio gguf / yi_local, tokens and token types built: {_ratio(built, kept):.0f}")


def _read(path: Path, keep_arrays: Collection[str]) -> None:
    with open_model_file(path) as file:
        read_header(file, keep_arrays=keep_arrays)


def _build_vocabulary(path: Path) -> None:
    fields = gguf.GGUFReader(path).fields
    for key in VOCABULARY:
        fields[key].contents()


def _timed(action: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds per round, after one that warms the file cache."""
    action()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        action()
        times.append(1000 * (time.perf_counter() - begun))
    return times


def _ratio(baseline: list[float], measured: list[float]) -> float:
    return statistics.median(baseline) / statistics.median(measured)


if __name__ == "__main__":
    main()

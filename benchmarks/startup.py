"""From the start of `yi run demo "hi"` to its first token, and to its end, as a whole process."""

import statistics
import subprocess
import sys
import time

from common import summary

ROUNDS = 9
COMMAND = [sys.executable, "-m", "yi_local", "run", "demo", "hi", "--temperature", "0", "-n", "8"]


def main() -> None:
    first, whole, python = [], [], []
    for _ in range(ROUNDS):
        python.append(_timed([sys.executable, "-c", "import llama_cpp"])[1])
        to_first, to_end = _timed(COMMAND)
        first.append(to_first)
        whole.append(to_end)
    print(summary("python -c 'import llama_cpp'", python, "s"))
    print(summary("first token of yi run", first, "s"))
    print(summary("whole yi run, 8 tokens", whole, "s"))
    ratio = statistics.median(first) / statistics.median(python)
    print(f"ratio first token / import llama_cpp: {ratio:.2f}")


def _timed(command: list[str]) -> tuple[float, float]:
    """Seconds to the first byte of stdout, and to the end of the process."""
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        to_first = time.perf_counter() - begun
        process.stdout.read()
    return to_first, time.perf_counter() - begun


if __name__ == "__main__":
    main()

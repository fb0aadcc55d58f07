"""`yi plan FILE` as a whole process: with no dry run made yet, and with all of them remembered.

The baseline is a Python that imports llama_cpp and does nothing. The files are the headers of
Yi-6B, Yi-34B and the demo model; nothing but headers is ever read.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from common import demo_path, summary

ROUNDS = 7
LIMITS_S = {"first": 2.0, "remembered": 0.5}


def main() -> int:
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.yi_shapes import write_header_only  # NumPy and gguf, which no child needs

    baseline = [
        timed([sys.executable, "-c", "import llama_cpp"], os.environ) for _ in range(ROUNDS)
    ]
    print(summary("python -c 'import llama_cpp'", baseline, "s"))
    too_slow = False
    with tempfile.TemporaryDirectory() as folder:
        yi = [
            write_header_only(Path(folder) / f"{m}.gguf", m, "Q4_K_M") for m in ("yi-6b", "yi-34b")
        ]
        for path in (*yi, demo_path()):
            for name, times in measure(path, Path(folder)).items():
                ratio = statistics.median(times) / statistics.median(baseline)
                print(f"{summary(f'{path.name}, {name}', times, 's')}; {ratio:.2f} of the baseline")
                too_slow = too_slow or statistics.median(times) > LIMITS_S[name]
    return int(too_slow)


def measure(path: Path, folder: Path) -> dict[str, list[float]]:
    """Each first time in a home of its own."""
    found: dict[str, list[float]] = {"first": [], "remembered": []}
    for number in range(ROUNDS):
        environ = os.environ | {"YI_LOCAL_HOME": str(folder / f"{path.stem}-{number}")}
        command = [sys.executable, "-m", "yi_local", "plan", str(path)]
        for name in found:
            found[name].append(timed(command, environ))
    return found


def timed(command: Sequence[str], environ: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())

"""One token of the demo model by a whole `yi run`: from a `yi serve` that holds it, and loaded.

In turns, in a home of its own; `yi --version` is what a start costs at least.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from common import summary

ROUNDS = 10
YI = [sys.executable, "-m", "yi_local"]
RUN = [*YI, "run", "demo", "hi", "-n", "1", "--temperature", "0"]


def main() -> None:
    times: dict[str, list[float]] = {"yi --version": [], "attached": [], "loaded": []}
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "YI_LOCAL_HOME": home}
        _timed([*YI, "serve", "demo", "--detach", "--port", "0"], environ)
        try:
            for round_ in range(ROUNDS + 1):
                taken = {
                    "yi --version": _timed([*YI, "--version"], environ),
                    "attached": _timed(RUN, environ),
                    "loaded": _timed([*RUN, "--no-attach"], environ),
                }
                for name, seconds in taken.items():
                    if round_:  # the first ones write byte code, and read files from the disk
                        times[name].append(seconds)
        finally:
            _timed([*YI, "stop"], environ)
    for name, values in times.items():
        print(summary(name, values, "s"))
    attached, loaded = (statistics.median(times[name]) for name in ("attached", "loaded"))
    print(f"ratio attached / loaded: {attached / loaded:.2f}")


def _timed(command: list[str], environ: dict[str, str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()

"""`yi plan owner/repo` for 12 quants of Yi-6B that are not here: wall time, and what is read.

The Hub is a stand-in on loopback, in a process of its own; the files have their real sizes, as
holes, so that reading more than headers would show. The baseline is fetching the smallest of them
at 100 Mbit/s, which is what one does without a plan.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from common import summary

ROUNDS = 5
COPIES = 2  # of the seven quants, to make a repository of at least 12
BASELINE_BYTES_S = 100e6 / 8
REPO = "maker/Yi-6B-GGUF"


def serve() -> None:
    """Prints its address and the smallest file's size, then serves until it is killed."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.stand_in_hub.content import OnDisk
    from tests.stand_in_hub.hub import StandInHub
    from tests.yi_shapes import QUANTS, write_header_only

    with tempfile.TemporaryDirectory() as folder, StandInHub() as hub:
        files = {}
        for copy in range(COPIES):
            for quant in list(QUANTS)[: 12 - copy * len(QUANTS)]:
                path = Path(folder) / f"yi-6b-{copy}.{quant}.gguf"
                write_header_only(path, "yi-6b", quant)
                # Any sha256 will do: nothing is fetched.
                files[path.name] = OnDisk(path, sha256(path.name.encode()).hexdigest())
        hub.add_repo(REPO, files)
        smallest = min(content.size for content in files.values())
        print(json.dumps({"endpoint": hub.endpoint, "smallest_bytes": smallest}), flush=True)
        sys.stdin.read()


def main() -> None:
    server = subprocess.Popen(
        [sys.executable, __file__, "serve"],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    told = json.loads(server.stdout.readline())
    first, remembered = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            environ = os.environ | {
                "YI_LOCAL_HOME": f"{folder}/{number}",
                "HF_HOME": f"{folder}/hf-{number}",
                "HF_ENDPOINT": told["endpoint"],
            }
            first.append(plan(environ))
            remembered.append(plan(environ))
    server.kill()
    baseline_s = told["smallest_bytes"] / BASELINE_BYTES_S
    print(summary("first time", first, "s"))
    print(summary("again", remembered, "s"))
    print(f"ratio to fetching the smallest file: {statistics.median(first) / baseline_s:.4f}")


def plan(environ: dict[str, str]) -> float:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "yi_local", "plan", REPO]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    took = time.perf_counter() - begun
    print(done.stderr.strip())
    return took


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()

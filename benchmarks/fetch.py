"""Fetching 1 GiB over loopback, verified: against hf_hub_download, which does not verify, and curl.

The server is a process of its own and sends from the page cache with sendfile. The rounds take
turns, so that whatever else the machine does hits all of them.

    python benchmarks/fetch.py [MIB]
"""

import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPO_ID, FILENAME = "o/n", "big.gguf"
ROUNDS = 7
MIB = 1 << 20


def main() -> None:
    size = int(sys.argv[1]) * MIB if len(sys.argv) > 1 else 1024 * MIB
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        sha256 = _written(source, size)
        with _server(source, sha256) as (endpoint, commit):
            arguments = [endpoint, commit, str(size), sha256]
            clients = ("ours", "library", "curl")
            runs = {client: [] for client in clients}
            for _ in range(ROUNDS):
                for client in clients:
                    runs[client].append(_measured(client, folder, arguments))
    _report(size, runs)


def _report(size: int, runs: dict[str, list[tuple[float, float]]]) -> None:
    for client, results in runs.items():
        seconds = [took_s for took_s, _ in results]
        speed = size / 1e6 / statistics.median(seconds)
        print(
            f"{client}: median {statistics.median(seconds):.2f} s "
            f"({min(seconds):.2f} to {max(seconds):.2f}), {speed:.0f} MB/s, "
            f"resident {max(rss for _, rss in results):.0f} MB"
        )

    def ratio(client: str) -> float:
        pairs = zip(runs[client], runs["ours"], strict=True)
        return statistics.median(theirs / ours for (theirs, _), (ours, _) in pairs)

    print(f"ratio of speeds, ours / hf_hub_download: {ratio('library'):.2f} (goal: at least 1.8)")
    print(f"ratio of speeds, ours / curl to a file: {ratio('curl'):.2f} (goal: at least 0.55)")


def _written(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(0, size, MIB):
            block = os.urandom(MIB)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


@contextmanager
def _server(source: Path, sha256: str) -> Iterator[tuple[str, str]]:
    command = [sys.executable, __file__, "serve", str(source), sha256]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        endpoint, commit = it.stdout.readline().split()
        yield endpoint, commit
        it.communicate("")


def _measured(client: str, folder: str, arguments: list[str]) -> tuple[float, float]:
    """(seconds, MB resident at most), of a process of its own, without its imports."""
    target = Path(folder) / "target"
    command = [sys.executable, __file__, client, str(target), *arguments]
    os.sync()  # nobody pays for what the one before left unwritten
    _warm(Path(folder) / "warm", int(arguments[2]))
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    shutil.rmtree(target)
    took_s, rss_mb = told.split()
    return float(took_s), float(rss_mb)


def _warm(path: Path, size: int) -> None:
    """Takes as much memory for file pages as is needed, and gives it back.

    A virtual machine gets its memory from the host page by page: whoever touches it first waits.
    """
    block = bytes(MIB)
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(block)
    path.unlink()


# In processes of their own


def serve(source: str, sha256: str) -> None:
    from tests.stand_in_hub.content import OnDisk
    from tests.stand_in_hub.hub import StandInHub

    with StandInHub() as hub:
        repo = hub.add_repo(REPO_ID, {FILENAME: OnDisk(Path(source), sha256)})
        print(hub.endpoint, repo.commit, flush=True)
        sys.stdin.read()


def ours(target: Path, endpoint: str, commit: str, size: int, sha256: str) -> float:
    from yi_local.hub.remote.address import hugging_face_address
    from yi_local.hub.remote.web import Web
    from yi_local.hub.repo import RemoteFile
    from yi_local.hub.transfer.loop import fetch
    from yi_local.hub.transfer.place import Shelf

    shelf = Shelf(target, REPO_ID, commit)
    address = hugging_face_address(endpoint, REPO_ID, commit, FILENAME, None)
    began = time.perf_counter()
    with Web(environ={}) as web:
        for _ in fetch(shelf.download(RemoteFile(FILENAME, size, sha256), lambda: address), web):
            pass
    shelf.place(FILENAME, sha256)
    return time.perf_counter() - began


def library(target: Path, endpoint: str, commit: str, size: int, sha256: str) -> float:
    os.environ |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    from huggingface_hub import hf_hub_download

    began = time.perf_counter()
    hf_hub_download(
        REPO_ID, FILENAME, revision=commit, endpoint=endpoint, cache_dir=target, token=False
    )
    return time.perf_counter() - began


def curl(target: Path, endpoint: str, commit: str, size: int, sha256: str) -> float:
    target.mkdir()
    url = f"{endpoint}/{REPO_ID}/resolve/{commit}/{FILENAME}"
    began = time.perf_counter()
    subprocess.run(["curl", "-sSfL", "-o", target / FILENAME, url], check=True)
    return time.perf_counter() - began


def run_client(client: str, target: str, endpoint: str, commit: str, size: str, sha: str) -> None:
    function = {"ours": ours, "library": library, "curl": curl}[client]
    took_s = function(Path(target), endpoint, commit, int(size), sha)
    who = resource.RUSAGE_CHILDREN if client == "curl" else resource.RUSAGE_SELF
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kB elsewhere
    print(took_s, resource.getrusage(who).ru_maxrss / unit)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if len(sys.argv) > 2 and sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    elif len(sys.argv) > 2:
        run_client(*sys.argv[1:])
    else:
        main()

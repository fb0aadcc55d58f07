"""Processes that fetch from the stand-in, made quickly: forked from one that has imported all."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from yi_local.hub.remote.address import hugging_face_address
from yi_local.hub.remote.web import Web
from yi_local.hub.repo import RemoteFile
from yi_local.hub.transfer.download import Patience
from yi_local.hub.transfer.loop import fetch
from yi_local.hub.transfer.place import Shelf

_ROOT = Path(__file__).parent.parent.parent


class Nursery:
    """Each child writes its Progress, one JSON line each, to the file it is told."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.stand_in_hub.children"]
        pipe = subprocess.PIPE
        self._parent = subprocess.Popen(command, cwd=_ROOT, stdin=pipe, stdout=pipe, text=True)

    def start(self, cache: Path, endpoint: str, repo_id: str, commit: str, file: RemoteFile) -> int:
        """The child's pid."""
        job = [str(cache), endpoint, repo_id, commit, file.path, file.size_bytes, file.sha256]
        return int(self._ask(["start", *job]))

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.wait(pid)

    def wait(self, pid: int) -> int:
        """The exit status; -9 after a kill."""
        return int(self._ask(["wait", pid]))

    def close(self) -> None:
        self._parent.communicate()

    def _ask(self, what: list[object]) -> str:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(what) + "\n")
        self._parent.stdin.flush()
        return self._parent.stdout.readline()


def told_by(cache: Path, pid: int) -> list[tuple[str, int]]:
    lines = (cache / f"{pid}.jsonl").read_text().splitlines()
    return [tuple(json.loads(line)) for line in lines]


# In the parent of the children


def _serve() -> None:
    for line in sys.stdin:
        what, *job = json.loads(line)
        if what == "wait":
            print(os.waitstatus_to_exitcode(os.waitpid(job[0], 0)[1]), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            os._exit(_fetch(*job))
        print(pid, flush=True)


def _fetch(
    cache: str, endpoint: str, repo_id: str, commit: str, path: str, size: int, sha256: str
) -> int:
    shelf = Shelf(Path(cache), repo_id, commit)
    address = hugging_face_address(endpoint, repo_id, commit, path, None)
    download = shelf.download(RemoteFile(path, size, sha256), lambda: address)
    patience = Patience(first_pause_s=0.01, tick_s=0.02)
    with (
        (Path(cache) / f"{os.getpid()}.jsonl").open("w", buffering=1) as told,
        Web(environ={}) as web,
    ):
        for progress in fetch(download, web, patience=patience):
            told.write(json.dumps([progress.state, progress.done_bytes]) + "\n")
    shelf.place(path, sha256)
    return 0


if __name__ == "__main__":
    _serve()

"""Fetches what the Hub gives only through its own client: files too large for plain HTTP.

In a child process, because that client (hf_xet) can neither be cancelled nor made to resume. What
it brings is verified here, which it does not do.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from yi_local.errors import Cancelled, YiLocalError
from yi_local.hub.library.identity import sha256_of
from yi_local.hub.transfer.download import Download
from yi_local.hub.transfer.progress import Meter, Progress
from yi_local.language import tr

MAX_HTTP_BYTES = 50 * 10**9  # MAX_HTTP_DOWNLOAD_SIZE of huggingface_hub, constants.py
_TICK_S = 0.25

LibraryArguments = dict[str, str | None]  # of hf_hub_download


def fetch_by_library(
    download: Download, wanted: LibraryArguments, cancel: Callable[[], bool]
) -> Iterator[Progress]:
    """The last one is `done`; then the file is at `download.blob`.

    Nothing is kept of one that was stopped.
    """
    if not download.is_here():
        yield from _run(download, wanted, cancel)
        yield Progress(
            download.size_bytes, download.size_bytes, state="verifying", detail=tr("Hashing")
        )
        if sha256_of(download.blob) != download.sha256:
            download.blob.resolve().unlink()
            raise YiLocalError(
                tr("{name} arrived with another sha256 than was announced.", name=download.name),
                tr("Nothing of it is kept. Try again later."),
            )
    yield Progress(download.size_bytes, download.size_bytes, state="done")


def _run(
    download: Download, wanted: LibraryArguments, cancel: Callable[[], bool]
) -> Iterator[Progress]:
    command = [sys.executable, "-m", "yi_local.hub.transfer.by_library_child"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe, text=True, errors="replace"
    ) as child:
        try:
            assert child.stdin is not None
            assert child.stderr is not None
            child.stdin.write(json.dumps(wanted))  # not among the arguments: a token may be in it
            child.stdin.close()
            yield from _watched(child, download, cancel)
            said = child.stderr.read()
        finally:
            child.kill()
    if child.returncode:
        last = said.strip().splitlines()[-1:] or [tr("it gives no reason")]
        raise YiLocalError(
            tr(
                "The Hub's own client did not fetch {name}: {last}.",
                name=download.name,
                last=last[0][:300],
            ),
            tr("It is needed for files above 50 GB. Try again."),
        )


def _watched(
    child: "subprocess.Popen[str]", download: Download, cancel: Callable[[], bool]
) -> Iterator[Progress]:
    meter, before = Meter(), 0
    detail = tr("By the Hub's own client, which does not resume")
    while child.poll() is None:
        if cancel():
            raise Cancelled(tr("Stopped; nothing of {name} is kept.", name=download.name))
        have = _largest_partial(download.blob.parent)
        meter.count(max(0, have - before), time.monotonic())
        before = max(before, have)
        speed = meter.bytes_per_s(time.monotonic())
        yield Progress(have, download.size_bytes, speed, None, "transferring", detail)
        time.sleep(_TICK_S)


def _largest_partial(folder: Path) -> int:
    """How far it is, as far as can be seen from outside."""
    sizes = [0]
    for path in folder.glob("*.incomplete"):
        try:
            sizes.append(path.stat().st_size)
        except OSError:  # it has just been renamed
            continue
    return max(sizes)

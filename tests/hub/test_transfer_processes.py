"""Downloads in processes of their own: killed at any moment, two at once, beside the library."""

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download

from tests.stand_in_hub.children import Nursery, told_by
from tests.stand_in_hub.content import Generated
from tests.stand_in_hub.fetching import FILENAME, REPO_ID, Fetching
from tests.stand_in_hub.hub import StandInHub
from yi_local.hub.repo import RemoteFile
from yi_local.hub.transfer.inbox import BLOCK_BYTES

MB = 1_000_000
KILLS = 50

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the children are forked")


@pytest.fixture
def nursery(clean_environment: None) -> Iterator[Nursery]:
    it = Nursery()
    yield it
    it.close()


def start(nursery: Nursery, fetching: Fetching) -> int:
    content = fetching.content
    file = RemoteFile(FILENAME, content.size, content.sha256)
    return nursery.start(fetching.cache, fetching.hub.endpoint, REPO_ID, fetching.commit, file)


def wait_until(condition: Callable[[], object], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        threading.Event().wait(0.002)


def test_fifty_kills_at_random_moments_cost_a_block_each_at_most(
    hub: StandInHub, tmp_path: Path, nursery: Nursery
) -> None:
    """Nothing that a killed run had received is fetched again, but for its last block."""
    fetching = Fetching(hub, tmp_path, Generated(60 * MB))
    hub.fault("throttle", bytes_per_s=4 * MB)  # slow enough for a busy machine to keep up
    moments = random.Random(34)
    for n in range(KILLS):
        before = len(hub.asked("cdn"))
        child = start(nursery, fetching)
        if n % 5:  # else it may not even have begun
            wait_until(lambda before=before: len(hub.asked("cdn")) > before)
        threading.Event().wait(moments.uniform(0, 0.2))
        nursery.kill(child)
        assert not fetching.download.blob.exists()
    hub.heal()
    assert nursery.wait(start(nursery, fetching)) == 0
    assert hashlib.sha256(fetching.fetched).hexdigest() == fetching.content.sha256

    starts = fetching.starts
    assert starts == sorted(starts)
    assert len(set(starts)) > KILLS / 3  # most kills came while bytes did
    pairs = zip(hub.asked("cdn"), starts, starts[1:], strict=False)
    for killed, began, following in pairs:
        assert began + killed.bytes_sent - following <= BLOCK_BYTES


def test_a_kill_while_the_kept_part_is_checked_or_the_file_is_finished_loses_nothing(
    hub: StandInHub, tmp_path: Path, nursery: Nursery
) -> None:
    fetching = Fetching(hub, tmp_path, Generated(60 * MB))
    fetching.keep(fetching.content.whole()[: 59 * MB])
    moments = random.Random(6)
    for _ in range(20):
        child = start(nursery, fetching)
        threading.Event().wait(moments.uniform(0, 0.12))
        nursery.kill(child)
    assert nursery.wait(start(nursery, fetching)) == 0
    assert hashlib.sha256(fetching.fetched).hexdigest() == fetching.content.sha256
    assert all(began >= 59 * MB for began in fetching.starts)


def test_two_processes_at_once_share_one_download(
    hub: StandInHub, tmp_path: Path, nursery: Nursery
) -> None:
    fetching = Fetching(hub, tmp_path, Generated(6 * MB))
    hub.fault("throttle", bytes_per_s=10 * MB)
    children = [start(nursery, fetching) for _ in range(2)]
    assert [nursery.wait(child) for child in children] == [0, 0]
    assert hashlib.sha256(fetching.fetched).hexdigest() == fetching.content.sha256
    assert len(hub.asked("cdn")) == 1
    told = [told_by(tmp_path, child) for child in children]
    waiting = [done for lines in told for state, done in lines if state == "waiting"]
    assert waiting == sorted(waiting)
    assert len(set(waiting)) > 2  # the waiting one sees the other's progress
    assert all(lines[-1] == ("done", 6 * MB) for lines in told)


def test_when_the_first_of_two_is_killed_the_other_goes_on(
    hub: StandInHub, tmp_path: Path, nursery: Nursery
) -> None:
    fetching = Fetching(hub, tmp_path, Generated(6 * MB))
    hub.fault("throttle", bytes_per_s=10 * MB)
    first = start(nursery, fetching)
    wait_until(lambda: fetching.kept_bytes > MB)
    second = start(nursery, fetching)
    wait_until(lambda: (tmp_path / f"{second}.jsonl").exists() and told_by(tmp_path, second))
    nursery.kill(first)
    assert nursery.wait(second) == 0
    assert hashlib.sha256(fetching.fetched).hexdigest() == fetching.content.sha256
    assert len(hub.asked("cdn")) == 2
    assert fetching.starts[1] > MB


def test_the_library_and_we_share_one_download(hub: StandInHub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, Generated(3 * MB))
    hub.fault("throttle", bytes_per_s=6 * MB)
    options = {"cache_dir": tmp_path, "endpoint": hub.endpoint, "token": False}

    def library() -> None:
        hf_hub_download(REPO_ID, FILENAME, revision=fetching.commit, **options)

    theirs = threading.Thread(target=library)
    theirs.start()
    wait_until(lambda: hub.bytes_sent)
    told = fetching.run()
    theirs.join()
    assert {it.state for it in told} == {"waiting", "done"}
    assert len(hub.asked("cdn")) == 1

    hub.requests.clear()
    fetching.download.blob.unlink()
    fetching.shelf.snapshot(FILENAME).unlink()
    ours = threading.Thread(target=fetching.run)
    ours.start()
    wait_until(lambda: fetching.kept_bytes)
    library()
    ours.join()
    assert len(hub.asked("cdn")) == 1

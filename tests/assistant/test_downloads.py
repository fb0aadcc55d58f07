"""The download queue: one after the other, stopped and gone on with, kept until the next start."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.stand_in_hub.content import Generated
from tests.stand_in_hub.hub import StandInHub
from yi_local.assistant.downloads.item import Item
from yi_local.assistant.downloads.queue import DownloadQueue
from yi_local.assistant.models.sources import Sources
from yi_local.hub.repo import Listing

REPO = "maker/Three-GGUF"
SIZE = 3_000_000
PATIENCE_S = 30.0


class Notes:
    """The store's notes, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str | None] = {}

    def note(self, name: str) -> str | None:
        return self.kept.get(name)

    def keep_note(self, name: str, value: str | None) -> None:
        self.kept[name] = value


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    with StandInHub() as stand_in:
        quants = enumerate(("Q4_K_M", "Q6_K", "Q8_0"))
        stand_in.add_repo(
            REPO, {f"three.{quant}.gguf": Generated(SIZE + at, seed=at) for at, quant in quants}
        )
        yield stand_in


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def open_sources(hub: StandInHub, cache: Path) -> Callable[[], Sources]:
    environ = {"HF_ENDPOINT": hub.endpoint, "HF_HUB_CACHE": str(cache)}
    return lambda: Sources(offline=False, environ=environ)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def listing(open_sources: Callable[[], Sources]) -> Listing:
    with open_sources() as sources:
        return sources.hub("huggingface").list_repo(REPO)


@pytest.fixture
def new_queue(
    notes: Notes, open_sources: Callable[[], Sources]
) -> Iterator[Callable[[], DownloadQueue]]:
    made: list[DownloadQueue] = []

    def make() -> DownloadQueue:
        made.append(DownloadQueue(notes, open_sources))
        return made[-1]

    yield make
    for queue in made:
        queue.close()


@pytest.fixture
def queue(new_queue: Callable[[], DownloadQueue]) -> DownloadQueue:
    return new_queue()


def when(queue: DownloadQueue, fits: Callable[[tuple[Item, ...]], bool]) -> tuple[Item, ...]:
    """The first state of the queue that fits."""
    found: list[tuple[Item, ...]] = []

    def look() -> None:
        for items in queue.watch():
            if fits(items):
                found.append(items)
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert found, f"it never came: {queue.snapshot()}"
    return found[0]


def is_at(number: int, *states: str) -> Callable[[tuple[Item, ...]], bool]:
    return lambda items: len(items) > number and items[number].state in states


def all_done(items: tuple[Item, ...]) -> bool:
    return bool(items) and {item.state for item in items} == {"done"}


def moving(items: tuple[Item, ...]) -> bool:
    return items[0].state == "transferring" and items[0].done_bytes > 0


def partial_files(cache: Path) -> list[Path]:
    return list(cache.rglob("*.incomplete"))


def slowly(hub: StandInHub) -> None:
    hub.fault("throttle", bytes_per_s=1_000_000)


def test_what_is_added_comes_one_after_the_other(queue: DownloadQueue, listing: Listing) -> None:
    for group in listing.groups:
        queue.add(listing, group)
    at_once: list[int] = []

    def count(items: tuple[Item, ...]) -> bool:
        at_once.append(sum(item.state in ("transferring", "verifying") for item in items))
        return all_done(items)

    items = when(queue, count)
    assert max(at_once) == 1
    assert [item.group.quant for item in items] == ["Q4_K_M", "Q6_K", "Q8_0"]
    for item in items:
        assert item.path is not None
        assert item.path.stat().st_size == item.total_bytes == item.done_bytes


def test_one_that_is_paused_keeps_what_came_and_goes_on_from_there(
    queue: DownloadQueue, listing: Listing, hub: StandInHub, cache: Path
) -> None:
    slowly(hub)
    item = queue.add(listing, listing.groups[0])
    when(queue, moving)
    queue.pause(item.key)
    [paused] = when(queue, is_at(0, "paused"))
    assert 0 < paused.done_bytes < paused.total_bytes
    [file] = partial_files(cache)
    before = file.stat().st_size
    hub.heal()
    queue.resume(item.key)
    when(queue, all_done)
    assert hub.asked("cdn")[-1].headers["range"].startswith(f"bytes={before}-")
    assert not partial_files(cache)


def test_one_that_waits_is_paused_without_having_begun(
    queue: DownloadQueue, listing: Listing, hub: StandInHub
) -> None:
    slowly(hub)
    queue.add(listing, listing.groups[0])
    second = queue.add(listing, listing.groups[1])
    when(queue, moving)
    queue.pause(second.key)
    assert [item.state for item in queue.snapshot()][1] == "paused"


@pytest.mark.parametrize("delete", [True, False])
def test_one_that_is_cancelled_leaves_the_queue_and_nothing_or_its_part(
    queue: DownloadQueue, listing: Listing, hub: StandInHub, cache: Path, delete: bool
) -> None:
    slowly(hub)
    item = queue.add(listing, listing.groups[0])
    when(queue, moving)
    queue.cancel(item.key, delete_partial=delete)
    when(queue, lambda items: not items)
    assert bool(partial_files(cache)) == (not delete)


def test_a_paused_one_that_is_cancelled_takes_its_part_with_it(
    queue: DownloadQueue, listing: Listing, hub: StandInHub, cache: Path
) -> None:
    slowly(hub)
    item = queue.add(listing, listing.groups[0])
    when(queue, moving)
    queue.pause(item.key)
    when(queue, is_at(0, "paused"))
    queue.cancel(item.key)
    assert queue.snapshot() == ()
    assert not partial_files(cache)
    assert not any(path.is_dir() and path.name == "blobs" for path in cache.rglob("*"))


def test_after_closing_it_is_paused_with_what_came_and_goes_on_when_it_is_told_to(
    new_queue: Callable[[], DownloadQueue], listing: Listing, hub: StandInHub
) -> None:
    slowly(hub)
    first = new_queue()
    first.add(listing, listing.groups[0])
    first.add(listing, listing.groups[1], then_chat=True)
    when(first, moving)
    first.close()
    hub.heal()
    requests = len(hub.requests)
    second = new_queue()
    items = when(second, lambda items: len(items) == 2)
    assert [item.state for item in items] == ["paused", "paused"]
    assert items[0].done_bytes > 0
    assert items[1].then_chat
    assert len(hub.requests) == requests
    for item in items:
        second.resume(item.key)
    when(second, all_done)


def test_what_is_done_is_not_kept(
    new_queue: Callable[[], DownloadQueue], listing: Listing, notes: Notes
) -> None:
    first = new_queue()
    first.add(listing, listing.groups[0])
    when(first, all_done)
    first.close()
    assert notes.kept["downloads"] is None


def test_the_same_model_is_in_the_queue_once(
    queue: DownloadQueue, listing: Listing, hub: StandInHub
) -> None:
    slowly(hub)
    first = queue.add(listing, listing.groups[0])
    again = queue.add(listing, listing.groups[0], then_chat=True)
    assert again.key == first.key
    [item] = when(queue, moving)
    assert item.then_chat


def test_what_fails_is_told_and_can_be_tried_again(
    queue: DownloadQueue, listing: Listing, hub: StandInHub
) -> None:
    hub.fault("status", status=404, path="")
    item = queue.add(listing, listing.groups[0])
    [failed] = when(queue, is_at(0, "failed"))
    assert failed.detail
    hub.heal()
    queue.resume(item.key)
    when(queue, all_done)


def test_a_full_disk_is_told_with_what_to_do(
    queue: DownloadQueue, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10})())
    queue.add(listing, listing.groups[0])
    [failed] = when(queue, is_at(0, "failed"))
    assert "are free" in failed.detail
    assert "Make room" in failed.hint


def test_two_queues_do_not_fetch_the_same_file_twice(
    new_queue: Callable[[], DownloadQueue],
    open_sources: Callable[[], Sources],
    listing: Listing,
    hub: StandInHub,
) -> None:
    slowly(hub)
    first = new_queue()
    with closing(DownloadQueue(Notes(), open_sources)) as second:
        first.add(listing, listing.groups[0])
        when(first, moving)
        second.add(listing, listing.groups[0])
        [waiting] = when(second, lambda items: bool(items[0].detail))
        assert "Another program" in waiting.detail
        hub.heal()
        when(second, all_done)
        when(first, all_done)
    assert sum(seen.status == 200 for seen in hub.asked("cdn")) == 1


def test_another_apps_downloads_stay_in_the_note(
    new_queue: Callable[[], DownloadQueue], listing: Listing, notes: Notes, hub: StandInHub
) -> None:
    slowly(hub)
    one, two = new_queue(), new_queue()
    when(two, lambda items: not items)
    one.add(listing, listing.groups[0])
    two.add(listing, listing.groups[1])
    when(one, moving)
    when(two, moving)
    one.close()
    two.close()
    assert len(when(new_queue(), lambda items: True)) == 2


def test_a_note_that_nobody_understands_is_an_empty_queue(
    new_queue: Callable[[], DownloadQueue], notes: Notes
) -> None:
    for text in ("no json", "{}", '[1, {"key": 3}, {"state": "queued"}]'):
        notes.kept["downloads"] = text
        assert when(new_queue(), lambda items: True) == ()

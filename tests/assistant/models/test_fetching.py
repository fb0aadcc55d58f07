"""Fetching a whole model: shards, what only the library can fetch, refusals in words."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stand_in_hub.content import Generated
from tests.stand_in_hub.hub import StandInHub
from yi_local.assistant.models.fetching import Fetched, FetchProgress, fetch_model
from yi_local.assistant.models.sources import Sources
from yi_local.errors import Cancelled, YiLocalError
from yi_local.hub.repo import Listing

REPO = "maker/Big-GGUF"
SHARDS = [f"big-0000{number}-of-00003.gguf" for number in (1, 2, 3)]


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    with StandInHub() as stand_in:
        files = {name: Generated(300_000 + at, seed=at) for at, name in enumerate(SHARDS)}
        stand_in.add_repo(REPO, files | {"one.Q4_K_M.gguf": Generated(3_000_000)})
        yield stand_in


@pytest.fixture
def sources(hub: StandInHub, tmp_path: Path) -> Iterator[Sources]:
    environ = {"HF_ENDPOINT": hub.endpoint, "HF_HUB_CACHE": str(tmp_path / "cache")}
    with Sources(offline=False, environ=environ) as opened:
        yield opened


def listed(sources: Sources) -> Listing:
    return sources.hub("huggingface").list_repo(REPO)


def never() -> bool:
    return False


def test_all_shards_come_and_are_counted_together(sources: Sources) -> None:
    listing = listed(sources)
    [group] = [group for group in listing.groups if len(group.files) == 3]
    *steps, last = fetch_model(sources, listing, group, never)
    assert isinstance(last, Fetched)
    assert [path.name for path in last.paths] == SHARDS
    progress = [step for step in steps if isinstance(step, FetchProgress)]
    assert progress[-1].done_bytes == progress[-1].total_bytes == group.size_bytes
    counts = [step.done_bytes for step in progress]
    assert counts == sorted(counts)


@pytest.mark.parametrize("limit", [10**12, 1_000_000])
def test_a_file_past_the_limit_of_http_comes_through_the_library_and_is_verified(
    sources: Sources, hub: StandInHub, limit: int
) -> None:
    listing = listed(sources)
    [group] = [group for group in listing.groups if len(group.files) == 1]
    *steps, last = fetch_model(sources, listing, group, never, max_http_bytes=limit)
    assert isinstance(last, Fetched)
    digest = hashlib.sha256(last.paths[0].read_bytes()).hexdigest()
    assert digest == group.files[0].sha256
    by_library = [seen for seen in hub.asked("hub") if seen.method == "HEAD"]
    assert bool(by_library) == (limit < 3_000_000)  # our own loop sends none
    assert isinstance(steps[-1], FetchProgress)


def test_wrong_bytes_through_the_library_are_found_and_not_kept(
    sources: Sources, hub: StandInHub
) -> None:
    listing = listed(sources)
    [group] = [group for group in listing.groups if len(group.files) == 1]
    hub.fault("flip", at=1000)
    with pytest.raises(YiLocalError, match="another sha256"):
        list(fetch_model(sources, listing, group, never, max_http_bytes=1))
    assert not any(Path(sources.cache("huggingface")).rglob("blobs/*"))


def test_the_library_can_be_stopped(sources: Sources, hub: StandInHub) -> None:
    listing = listed(sources)
    [group] = [group for group in listing.groups if len(group.files) == 1]
    hub.fault("stall", after_bytes=1000)
    events = fetch_model(sources, listing, group, lambda: True, max_http_bytes=1)
    with pytest.raises(Cancelled):
        list(events)


def test_a_gate_is_told_with_its_page(hub: StandInHub, tmp_path: Path) -> None:
    hub.add_repo("maker/Gated-GGUF", {"a.Q4_K_M.gguf": Generated(1000)}, gated="manual")
    environ = {"HF_ENDPOINT": hub.endpoint, "HF_HUB_CACHE": str(tmp_path)}
    with Sources(offline=False, environ=environ) as sources:
        listing = sources.hub("huggingface").list_repo("maker/Gated-GGUF")
        with pytest.raises(YiLocalError) as caught:
            list(fetch_model(sources, listing, listing.groups[0], never))
    assert "maker/Gated-GGUF" in f"{caught.value.message} {caught.value.hint}"

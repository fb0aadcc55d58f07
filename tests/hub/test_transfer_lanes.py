"""Several connections: taken where they are faster, given up where the server minds."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stand_in_hub.content import Generated
from tests.stand_in_hub.fetching import QUICK, Fetching
from tests.stand_in_hub.hub import StandInHub
from yi_local.errors import Cancelled
from yi_local.hub.remote.web import Web
from yi_local.hub.transfer import segments
from yi_local.hub.transfer.lanes import SEVERAL, Lanes
from yi_local.hub.transfer.loop import fetch

MB = 1_000_000
CONTENT = Generated(12 * MB)


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 1 << 19)


@pytest.fixture
def fetching(hub: StandInHub, tmp_path: Path) -> Fetching:
    return Fetching(hub, tmp_path, CONTENT)


def quick_lanes() -> Lanes:
    """Tries several after a quarter of a second."""
    return Lanes(trial_s=0.25, least_left_bytes=1)


def run(fetching: Fetching, **options: Any) -> list[Any]:
    return fetching.run(lanes=quick_lanes(), timeout_s=5, **options)


def parts_asked(hub: StandInHub) -> int:
    """Requests for a bounded range: those of several connections."""
    ranges = (seen.headers.get("range", "") for seen in hub.asked("cdn"))
    return sum(not wanted.endswith("-") for wanted in ranges if wanted)


def is_whole(fetching: Fetching) -> bool:
    return hashlib.sha256(fetching.fetched).hexdigest() == CONTENT.sha256


def test_several_are_taken_where_each_is_slow(fetching: Fetching) -> None:
    fetching.hub.fault("throttle", bytes_per_s=3 * MB)
    told = run(fetching)
    assert is_whole(fetching)
    assert parts_asked(fetching.hub) >= 15
    done = [progress.done_bytes for progress in told]
    assert done == sorted(done)


def test_nothing_is_fetched_twice_but_what_a_change_gives_up(fetching: Fetching) -> None:
    fetching.hub.fault("throttle", bytes_per_s=3 * MB)
    run(fetching)
    assert fetching.hub.bytes_sent < CONTENT.size + 3 * MB


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("drop", {"after_bytes": 300_000}),
        ("reset", {"after_bytes": 300_000}),
        ("ignore_range", {}),
        ("status", {"status": 429, "headers": {"Retry-After": "0"}}),
        ("status", {"status": 503}),
        ("wrong_range", {}),
    ],
)
def test_what_goes_wrong_with_several_ends_with_one_and_the_whole_file(
    fetching: Fetching, kind: str, how: dict[str, Any]
) -> None:
    """The fault comes when the parts are asked for."""
    hub = fetching.hub
    hub.fault("throttle", bytes_per_s=6 * MB)
    armed = False
    events = iter_run(fetching)
    for progress in events:
        if not armed and progress.done_bytes > MB:
            hub.fault(kind, times=3, **how)
            armed = True
    assert armed
    assert is_whole(fetching)


def iter_run(fetching: Fetching) -> Iterator[Any]:
    with Web(timeout_s=5, environ={}) as web:
        yield from fetch(fetching.download, web, patience=QUICK, lanes=quick_lanes())


def test_what_several_brought_is_kept_and_has_no_hole(fetching: Fetching) -> None:
    fetching.hub.fault("throttle", bytes_per_s=3 * MB)
    with pytest.raises(Cancelled):
        run(fetching, cancel=lambda: fetching.kept_bytes > 6 * MB)
    kept = fetching.download.partial.read_bytes()
    assert 0 < len(kept) < CONTENT.size
    assert kept == CONTENT.whole()[: len(kept)]
    fetching.hub.heal()
    run(fetching)
    assert is_whole(fetching)


# The decision


def test_one_is_enough_for_what_is_nearly_here() -> None:
    lanes = Lanes(trial_s=1, least_left_bytes=100)
    assert not lanes.should_change(1000, took_s=2, left_bytes=99)
    assert lanes.connections == 1


def test_several_stay_where_they_are_faster() -> None:
    lanes = Lanes(trial_s=1, least_left_bytes=0)
    assert not lanes.should_change(50, took_s=0.5, left_bytes=9)
    assert lanes.should_change(100, took_s=1, left_bytes=9)
    assert lanes.connections == SEVERAL
    assert not lanes.should_change(130, took_s=1, left_bytes=9)
    assert lanes.connections == SEVERAL


def test_several_are_given_up_where_they_are_not_faster_and_not_tried_again() -> None:
    lanes = Lanes(trial_s=1, least_left_bytes=0)
    lanes.should_change(100, took_s=1, left_bytes=9)
    assert lanes.should_change(110, took_s=1, left_bytes=9)
    assert lanes.connections == 1
    assert not lanes.should_change(100, took_s=9, left_bytes=9)


def test_a_failure_with_several_ends_them_and_one_with_one_does_not_count() -> None:
    lanes = Lanes(trial_s=1, least_left_bytes=0)
    lanes.failed()
    assert lanes.should_change(100, took_s=1, left_bytes=9)
    lanes.failed()
    assert lanes.connections == 1
    assert not lanes.should_change(100, took_s=9, left_bytes=9)

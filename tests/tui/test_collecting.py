"""The garbage collector of the app waits until nobody is at work."""

import gc
from collections.abc import Iterator

import pytest

from tests.tui.conftest import Running
from tests.tui.talking import ready
from yi_local.tui import collecting
from yi_local.tui.services import Services


class Node:
    """A cycle, so that only the collector can take it away."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def fulls() -> Iterator[list[str]]:
    """An entry for each collection of everything; with the app's thresholds."""
    seen: list[str] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            seen.append(phase)

    thresholds = gc.get_threshold()
    gc.collect()
    collecting.only_at_rest()
    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)
    gc.set_threshold(*thresholds)


def work() -> None:
    """As much as would make CPython go through everything."""
    young, middle, _ = gc.get_threshold()
    kept = [[Node() for _ in range(young + 1)] for _ in range(middle * 15)]
    assert gc.get_count()[2] >= 10, len(kept)


async def test_everything_is_gone_through_only_at_rest(
    running: Running, services: Services, fulls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(services) as pilot:
        await ready(pilot)
        await pilot.press("a")
        fulls.clear()  # what pytest and the start did
        work()
        assert fulls == []
        pilot.app.collect_at_rest()
        assert fulls == []  # a key has just been pressed
        monkeypatch.setattr(collecting, "_REST_S", 0.0)
        pilot.app.collect_at_rest()
        assert fulls == ["stop"]
        pilot.app.collect_at_rest()
        assert fulls == ["stop"]  # little is new

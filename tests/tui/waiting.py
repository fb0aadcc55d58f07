"""Waiting in tests of the app: for what shall become true, never for a time."""

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from tests.tui.snapshot import assert_snapshot, is_as_kept, is_updating, screen_text

_SETTLED_S = 1.0  # by then a screen is as it stays, for a snapshot that is written anew
PATIENCE_S = float(os.environ.get("TEST_PATIENCE_S", "30"))


class Own:
    """What the test itself computes on the loop's thread while it waits: no time of the app."""

    spent_s = 0.0


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Lets the app work until the condition holds; fails with what is on the screen."""
    deadline = time.monotonic() + PATIENCE_S
    while not _holds(condition):
        assert time.monotonic() < deadline, f"It never came; the screen:\n{screen_text(pilot.app)}"
        await asyncio.sleep(0.01)
        await pilot.pause()


def _holds(condition: Callable[[], object]) -> bool:
    begun = time.thread_time()
    try:
        return bool(condition())
    finally:
        Own.spent_s += time.thread_time() - begun


async def until_screen(pilot: Pilot[None], kind: type[Screen[Any]]) -> None:
    """Until one of that kind is on top, with all that is in it."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)


async def until_seen(pilot: Pilot[None], text: str) -> None:
    """Until the text stands on the screen, within one line."""
    await until(pilot, lambda: text in screen_text(pilot.app))


async def until_snapshot(pilot: Pilot[None], name: str) -> None:
    """Until the screen looks as in its snapshot: what it shows last comes from threads."""
    if is_updating():
        await pilot.pause(_SETTLED_S)
    deadline = time.monotonic() + PATIENCE_S
    while not is_updating() and not is_as_kept(pilot.app, name) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
        await pilot.pause()
    assert_snapshot(pilot.app, name)

"""Waiting in tests of the app: for what shall become true, never for a time."""

import asyncio
import os
import time
from collections.abc import Callable

from textual.pilot import Pilot

from tests.tui.snapshot import screen_text

PATIENCE_S = float(os.environ.get("TEST_PATIENCE_S", "30"))


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Lets the app work until the condition holds; fails with what is on the screen."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"It never came; the screen:\n{screen_text(pilot.app)}"
        await asyncio.sleep(0.01)
        await pilot.pause()


async def until_seen(pilot: Pilot[None], text: str) -> None:
    """Until the text stands on the screen, within one line."""
    await until(pilot, lambda: text in screen_text(pilot.app))

"""One whole journey on the real demo model: what a person did yesterday is there today."""

from pathlib import Path

import pytest

from tests.tui.conftest import LAST_MODEL, Running
from tests.tui.snapshot import screen_text
from tests.tui.talking import ask, pane_of, ready, texts
from tests.tui.waiting import until, until_seen
from yi_local.assistant.loading.open_model import Models
from yi_local.catalogue.read import read_catalogue
from yi_local.settings import Preset, Settings
from yi_local.store.conversations import Store
from yi_local.tui.services import Services

pytestmark = pytest.mark.model

# The same words each time, and no endless ones.
BOUNDED = Preset("bounded", None, {"max_tokens": 300, "seed": 7})
SETTINGS = Settings(presets=(BOUNDED,), default_preset="bounded")


def services_at(folder: Path) -> Services:
    """As the program makes them, with the real engine."""
    store = Store(folder / "conversations.db")
    store.keep_note(LAST_MODEL, "demo")
    store.keep_note("welcomed", "1")
    return Services(store, Models(), read_catalogue(), SETTINGS, offline=True)


async def test_open_ask_stop_edit_retry_search_close_and_open_again(
    running: Running, tmp_path: Path
) -> None:
    services = services_at(tmp_path)
    try:
        async with running(services, size=(120, 40)) as pilot:
            await ready(pilot)
            await ask(pilot, "Name the capital of France.")
            assert "Paris" in texts(pane_of(pilot))[1]

            await pilot.press(*"Count from 1 to 5000, every number.", "enter")
            await until(pilot, lambda: len(texts(pane_of(pilot))) == 4 and texts(pane_of(pilot))[3])
            await pilot.press("escape")
            await until_seen(pilot, "stopped")
            await until(pilot, lambda: pane_of(pilot).talk.running is None)
            stopped = texts(pane_of(pilot))[3]

            await pilot.press("up", "up", "e")  # the last answer, the question above it
            await pilot.press("ctrl+a", *"Say hello. ", "enter")
            await until_seen(pilot, "2/2")
            await until(pilot, lambda: pane_of(pilot).talk.running is None)
            edited = texts(pane_of(pilot))
            assert edited[2].startswith("Say hello.")

            await pilot.press("ctrl+r")
            await until(pilot, lambda: pane_of(pilot).talk.running is not None)
            await until(pilot, lambda: pane_of(pilot).talk.running is None)

            await pilot.press("ctrl+f", *"capital")
            await until_seen(pilot, "Model:")
            last = texts(pane_of(pilot))
    finally:
        services.close()

    services = services_at(tmp_path)
    try:
        (conversation,) = services.store.conversations()
        assert conversation.title == "Name the capital of France"
        tree = services.store.tree(conversation.id)
        contents = [node.message.content for node in tree]
        assert stopped in contents
        assert edited[3] in contents
        assert all(node.receipt for node in tree if node.message.role == "assistant")
        async with running(services, size=(120, 40)) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+f", *"capital")
            await until_seen(pilot, "Model:")
            await pilot.press("down", "enter")
            await until(pilot, lambda: texts(pane_of(pilot)) == last)
            assert "Paris" in screen_text(pilot.app)
    finally:
        services.close()

"""The palette: every action that is possible, conversations and models."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.conftest import Running
from tests.tui.host import type_text
from tests.tui.snapshot import screen_text
from tests.tui.talking import long_conversation, ready, screen_of
from tests.tui.waiting import until
from yi_local.errors import YiLocalError
from yi_local.settings import Settings
from yi_local.tui.commands import command_picks, commands_of, message_of
from yi_local.tui.dialogs.palette import PaletteDialog
from yi_local.tui.keys import ACTIONS
from yi_local.tui.messages import OpenConversation, ShowModel, UseModel
from yi_local.tui.services import Services

LEFT_OUT = {"app.commands", "message.above", "message.below"}


@pytest.mark.parametrize(
    ("key", "places"),
    [
        ("f2", {"app", "chat"}),
        ("f3", {"app", "models"}),
        ("f4", {"app", "machine"}),
        ("f5", {"app"}),
    ],
)
async def test_every_action_of_the_screen_is_there_with_its_key(
    running: Running, services: Services, key: str, places: set[str]
) -> None:
    async with running(services) as pilot:
        await pilot.press(key)
        await pilot.pause()
        app, screen = pilot.app, pilot.app.screen
        found = {command.action.id for command in commands_of(app, screen)}
        wanted = {
            action.id
            for action in ACTIONS
            if action.place in places and screen.check_action(action.method, ()) is not False
        }
        assert wanted - LEFT_OUT <= found
        assert not found & LEFT_OUT


async def test_a_message_that_has_the_focus_brings_its_actions_first(
    running: Running, services: Services
) -> None:
    long_conversation(services.store, 2)
    (conversation,) = services.store.conversations()
    async with running(services) as pilot:
        await ready(pilot)
        screen_of(pilot).open_conversation(conversation.id)
        await until(pilot, lambda: "Answer 2." in screen_text(pilot.app))
        await pilot.press("up")
        await pilot.pause()
        found = commands_of(pilot.app, pilot.app.screen)
        assert found[0].action.place == "message"


def test_the_keys_are_those_in_use() -> None:
    class Anything:
        action = next(action for action in ACTIONS if action.id == "chat.retry")

    (pick,) = command_picks([Anything()], {"chat.retry": "f12"})  # type: ignore[list-item]
    assert (pick.title, pick.note) == ("Retry", "F12")


def test_what_is_found_leads_somewhere() -> None:
    assert message_of("conversation:3:14") == OpenConversation(3, 14)
    assert message_of("model:here:llama3:8b") == UseModel("llama3:8b")
    assert message_of("model:fetch:yi-1.5-6b-chat") == ShowModel("yi-1.5-6b-chat")
    assert message_of("chat.retry") is None


async def test_a_command_is_done_where_one_was(running: Running, services: Services) -> None:
    async with running(services) as pilot:
        await pilot.press("ctrl+p")
        await type_text(pilot, "keys")
        await pilot.press("enter")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "HelpDialog")


async def test_a_command_of_the_chat_is_done(running: Running, services: Services) -> None:
    async with running(services) as pilot:
        await pilot.press("ctrl+p")
        await type_text(pilot, "machine")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.current_mode == "machine")


async def test_a_conversation_is_found_by_two_hanzi(running: Running, services: Services) -> None:
    made = services.store.create(title="天空")
    services.store.ask(made.id, None, "请解释瑞利散射。")
    async with running(services) as pilot:
        await pilot.press("ctrl+p")
        screen = pilot.app.screen
        assert isinstance(screen, PaletteDialog)
        screen.query_one("Input").value = "瑞利"  # type: ignore[attr-defined]
        await until(pilot, lambda: "请解释瑞利散射。" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "ChatScreen")
        await until(pilot, lambda: "请解释瑞利散射。" in screen_text(pilot.app))


async def test_a_search_that_fails_is_told_and_the_palette_stays(
    running: Running, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise YiLocalError("The conversations are in use.", "Try again.")

    monkeypatch.setattr(type(services.store), "search", fail)
    async with running(services) as pilot:
        await pilot.press("ctrl+p")
        await type_text(pilot, "k")
        await until(pilot, lambda: "The conversations are in use." in screen_text(pilot.app))
        assert isinstance(pilot.app.screen, PaletteDialog)


async def test_models_that_cannot_be_listed_are_told(
    running: Running,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def fail(*args: object) -> None:
        raise YiLocalError("The disk is gone.")

    monkeypatch.setattr("yi_local.tui.dialogs.palette.model_choices", fail)
    async with running(services) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "The disk is gone." in screen_text(pilot.app))
        assert isinstance(pilot.app.screen, PaletteDialog)


async def test_a_bug_in_a_search_leaves_a_report_and_the_app_goes_on(
    running: Running, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("yi_local.tui.dialogs.palette.model_choices", fail)
    async with running(services) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "ZeroDivisionError" in screen_text(pilot.app))
        (report,) = (tmp_path / "home" / "logs").glob("error-*.log")
        assert "a bug" in report.read_text()
        await pilot.press("escape")
        assert not isinstance(pilot.app.screen, PaletteDialog)


async def test_the_palette_at_60_by_20(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with(settings=Settings(keys={"chat.new": "f12"}))
    async with running(services, size=(60, 20)) as pilot:
        await pilot.press("ctrl+p")
        shown = screen_text(pilot.app)
        assert "What would you like to do?" in shown
        assert "New chat" in shown
        assert "F12" in shown
        assert "Esc Close" in shown

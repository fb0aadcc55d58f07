"""The table of actions, and keys that a person has changed."""

from collections.abc import Callable

import pytest

from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.talking import screen_of
from tests.tui.waiting import until, until_seen
from yi_local.settings import Settings
from yi_local.tui.app import YiApp
from yi_local.tui.key_names import key_name, key_names
from yi_local.tui.keys import ACTIONS, Action
from yi_local.tui.own_keys import check_keys, live_together, usable
from yi_local.tui.screens.chat import ChatScreen
from yi_local.tui.screens.compare import CompareScreen
from yi_local.tui.screens.machine import MachineScreen
from yi_local.tui.screens.models import ModelsScreen
from yi_local.tui.services import Services
from yi_local.tui.widgets.entries import Entries
from yi_local.tui.widgets.transcript.turn import Turn

PLACES: dict[str, type] = {
    "app": YiApp,
    "chat": ChatScreen,
    "message": Turn,
    "list": Entries,
    "compare": CompareScreen,
    "models": ModelsScreen,
    "machine": MachineScreen,
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_can_be_done_in_its_place(action: Action) -> None:
    assert hasattr(PLACES[action.place], f"action_{action.method}")


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_bound_in_its_place(action: Action) -> None:
    ids = {getattr(each, "id", None) for each in vars(PLACES[action.place])["BINDINGS"]}
    assert action.id in ids


def test_no_two_actions_that_are_heard_at_once_have_the_same_key() -> None:
    problems = check_keys({action.id: action.keys for action in ACTIONS})
    assert problems == ()


def test_the_ids_differ() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


def test_what_lives_together_is_what_is_heard_at_once() -> None:
    assert live_together("app", "models")
    assert live_together("message", "chat")
    assert not live_together("models", "chat")
    assert not live_together("list", "message")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"chat.fly": "ctrl+y"}, 'There is no action "chat.fly".'),
        ({"chat.retry": "ctrl+bogus"}, '"ctrl+bogus" of chat.retry is no key.'),
        ({"chat.retry": ""}, '"" of chat.retry is no key.'),
        (
            {"chat.retry": "ctrl+m"},
            "^M of chat.retry cannot be told apart from Enter by a terminal.",
        ),
        (
            {"chat.retry": "ctrl+i"},
            "^I of chat.retry cannot be told apart from Tab by a terminal.",
        ),
        ({"chat.retry": "y"}, "y of chat.retry is needed for typing."),
        ({"app.quit": "enter"}, "enter of app.quit is needed for typing."),
        ({"chat.retry": "ctrl+n"}, "^N is the key of both chat.new and chat.retry."),
        ({"message.pin": "ctrl+q"}, "^Q is the key of both app.quit and message.pin."),
    ],
)
def test_what_is_wrong_with_a_key_is_told_in_words(changed: dict[str, str], problem: str) -> None:
    assert problem in check_keys(changed)
    assert usable(changed) == {}


def test_two_actions_can_change_their_keys() -> None:
    changed = {"chat.retry": "ctrl+n", "chat.new": "ctrl+r,f11", "message.pin": "?"}
    assert check_keys(changed) == ()
    assert usable(changed) == changed


def test_one_bad_key_leaves_the_good_ones() -> None:
    assert usable({"chat.retry": "ctrl+y", "chat.new": "x"}) == {"chat.retry": "ctrl+y"}


def test_keys_have_names_that_people_know() -> None:
    assert key_name("ctrl+q") == "^Q"
    assert key_name("f1") == "F1"
    assert key_name("question_mark") == "?"
    assert key_name("shift+enter") == "Shift+Enter"
    assert key_name("ctrl+shift+left") == "Shift+^Left"
    assert key_names("delete,d") == "Del, d"


async def test_a_changed_key_is_shown_and_obeyed(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with(settings=Settings(keys={"app.help": "f12"}))
    async with running(services) as pilot:
        assert "F12 Keys" in screen_text(pilot.app)
        await pilot.press("f1")
        assert type(pilot.app.screen).__name__ == "ChatScreen"
        await pilot.press("f12")
        assert type(pilot.app.screen).__name__ == "HelpDialog"


async def test_an_answer_that_was_cut_names_the_key_in_use(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with(settings=Settings(keys={"message.go-on": "y,f11"}))
    store = services.store
    conversation = store.create(model="tiny", title="Cut")
    asked = store.ask(conversation.id, None, "Count to a thousand.")
    answer = store.begin_answer(conversation.id, asked.id, "tiny")
    store.finish(answer.id, "1, 2, 3", "length", None)
    async with running(services) as pilot:
        screen_of(pilot).open_conversation(conversation.id)
        await until_seen(pilot, "cut at the length limit: y goes on")
        await pilot.press("f5")
        services.change(keys={})
        await pilot.press("f2")
        await until_seen(pilot, "cut at the length limit: g goes on")


async def test_a_key_that_cannot_be_used_is_told_and_the_old_one_stays(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with(settings=Settings(keys={"app.help": "x"}))
    async with running(services) as pilot:
        await until(pilot, lambda: "needed for typing" in screen_text(pilot.app))
        await pilot.press("f1")
        assert type(pilot.app.screen).__name__ == "HelpDialog"


async def test_a_click_on_a_key_in_the_bar_does_what_the_key_does(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        column = screen_text(pilot.app).splitlines()[-1].index("Keys")
        await pilot.click(offset=(column, pilot.app.size.height - 1))
        assert type(pilot.app.screen).__name__ == "HelpDialog"


async def test_the_narrowest_bar_says_how_to_see_the_others(
    running: Running, services: Services
) -> None:
    async with running(services, size=(40, 20)) as pilot:
        assert screen_text(pilot.app).splitlines()[-1].endswith("F1 Keys")

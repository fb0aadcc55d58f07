"""The first start: what is here, what suits it, and a model to try."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.waiting import until, until_screen, until_seen
from yi_local.assistant.welcome.first_look import WELCOMED
from yi_local.settings import read_settings
from yi_local.tui.screens.welcome import WelcomeScreen
from yi_local.tui.services import Services


@pytest.fixture
def newcomer(services_with: Callable[..., Services]) -> Services:
    services = services_with()
    services.store.keep_note(WELCOMED, None)
    return services


async def welcomed(pilot: Pilot[None]) -> OptionList:
    await until_screen(pilot, WelcomeScreen)
    options = pilot.app.screen.query_one(OptionList)
    await until(pilot, lambda: options.option_count == 4)
    return options


async def test_a_newcomer_sees_the_machine_and_three_models_with_their_cost(
    newcomer: Services, running: Running
) -> None:
    async with running(newcomer) as pilot:
        await welcomed(pilot)
        text = screen_text(pilot.app)
    assert "RAM free" in text
    assert "llama-cpp-python 0.0.0" in text
    assert text.count("on disk") == 3
    assert text.count("tokens/s") == 3
    assert "estimated from memory bandwidth" in text
    assert "中文 / English" in text


async def test_enter_starts_a_chat_with_the_demo(newcomer: Services, running: Running) -> None:
    used: list[str] = []
    async with running(newcomer) as pilot:
        await welcomed(pilot)
        pilot.app.part("chat").use_model = lambda name, *rest: used.append(name)  # type: ignore
        await pilot.press("enter")
        await until(pilot, lambda: used == ["demo"])
        assert pilot.app.current_mode == "chat"
        assert not isinstance(pilot.app.screen, WelcomeScreen)
        await until(pilot, lambda: newcomer.store.note(WELCOMED))


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_number_shows_its_model(newcomer: Services, running: Running, number: int) -> None:
    shown: list[str] = []
    async with running(newcomer) as pilot:
        options = await welcomed(pilot)
        wanted = options.get_option_at_index(number).id
        pilot.app.part("models").show = shown.append  # type: ignore
        await pilot.press(str(number))
        await until(pilot, lambda: shown == [wanted])
        assert pilot.app.current_mode == "models"


async def test_the_arrows_and_enter_choose_too(newcomer: Services, running: Running) -> None:
    shown: list[str] = []
    async with running(newcomer) as pilot:
        options = await welcomed(pilot)
        wanted = options.get_option_at_index(2).id
        pilot.app.part("models").show = shown.append  # type: ignore
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: shown == [wanted])


async def test_it_comes_once(newcomer: Services, running: Running) -> None:
    async with running(newcomer) as pilot:
        await welcomed(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: newcomer.store.note(WELCOMED))
        assert not isinstance(pilot.app.screen, WelcomeScreen)


async def test_who_has_talked_before_is_not_welcomed(newcomer: Services, running: Running) -> None:
    conversation = newcomer.store.create()
    newcomer.store.ask(conversation.id, None, "hello")
    async with running(newcomer) as pilot:
        await pilot.app.workers.wait_for_complete(
            [worker for worker in pilot.app.workers if worker.group == "greeting"]
        )
        await pilot.pause()
        assert not isinstance(pilot.app.screen, WelcomeScreen)


async def test_a_language_is_spoken_at_once_and_remembered(
    newcomer: Services, running: Running
) -> None:
    async with running(newcomer) as pilot:
        await welcomed(pilot)
        before = pilot.app.screen
        await pilot.press("l")
        await until(pilot, lambda: pilot.app.screen is not before)
        await welcomed(pilot)
        assert read_settings().language == "zh_CN"
        assert pilot.app.current_mode == "chat"
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))


async def test_where_llama_cpp_is_broken_it_says_so_and_suggests_all_the_same(
    services_with: Callable[..., Services], running: Running
) -> None:
    services = services_with()
    services.store.keep_note(WELCOMED, None)
    services.engine_command = ["false"]
    async with running(services, size=(100, 30)) as pilot:
        await welcomed(pilot)
        await until_seen(pilot, "F4 says what mends it.")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (250, 60)])
async def test_it_works_at_every_size(
    newcomer: Services, running: Running, size: tuple[int, int]
) -> None:
    async with running(newcomer, size=size) as pilot:
        await welcomed(pilot)
        assert "Welcome" in screen_text(pilot.app)
        await pilot.press("down", "down", "down")
        assert "[" not in screen_text(pilot.app).splitlines()[-1]

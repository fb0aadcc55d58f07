"""Models of other servers in the app: found while one looks, chosen, talked with, stopped."""

from collections.abc import Callable

from textual.widgets import OptionList

from tests.engine.elsewhere.stand_in import (
    delta,
    finish,
    held,
    models,
    ollama,
    server,
    silent,
    streamed,
    thought,
)
from tests.engine.elsewhere.stand_in import (
    running as serving,
)
from tests.tui.conftest import LAST_MODEL, Running
from tests.tui.snapshot import screen_text
from tests.tui.talking import ask, pane_of, ready, texts
from tests.tui.waiting import until, until_seen
from yi_local.engine.elsewhere.access import Access
from yi_local.settings import Settings
from yi_local.tui.dialogs.model import ModelDialog
from yi_local.tui.services import Services

Make = Callable[..., Services]
WIDE = (120, 30)


def with_servers(services_with: Make, *urls: str) -> Services:
    return services_with((), Settings(servers=urls))


async def test_a_model_of_another_server_is_chosen_and_talked_with(
    running: Running, services_with: Make
) -> None:
    with serving(ollama()) as made:
        services = with_servers(services_with, made.url)
        async with running(services, size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+o")
            await until_seen(pilot, "qwen2.5:7b")
            assert "On other servers" in screen_text(pilot.app)
            await pilot.press(*"yi", "enter")
            name = f"yi:latest@{made.url}/v1"
            await until(pilot, lambda: getattr(pane_of(pilot).model, "name", "") == name)
            await ask(pilot, "Hi")
            assert texts(pane_of(pilot)) == ["Hi", "Hello."]
            await until_seen(pilot, made.host)
            await until_seen(pilot, "8,192")
        assert services.store.note(LAST_MODEL) == name
        async with running(services, size=WIDE) as pilot:  # the next day
            pane = await ready(pilot)
            assert getattr(pane.model, "name", "") == name


async def test_nobody_waits_for_a_server_that_is_slow_or_away(
    running: Running, services_with: Make
) -> None:
    with serving(server()) as gone:
        away = gone.url
    with serving(server()) as made:
        made.routes["GET", "/v1/models"] = silent
        services = with_servers(services_with, made.url, away)
        async with running(services, size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+o")
            await until_seen(pilot, f"{made.url}: asking")
            await until_seen(pilot, "Nothing listens at")
            assert "On this computer" in screen_text(pilot.app) or "Open" in screen_text(pilot.app)
            assert isinstance(pilot.app.screen, ModelDialog)
            options = pilot.app.screen.query_one(OptionList)
            assert all(option.id is not None or option.disabled for option in options.options)
            await pilot.press("escape")
            made.open.set()


async def test_without_a_context_there_is_no_meter_and_thoughts_are_told(
    running: Running, services_with: Make
) -> None:
    with serving(server(held(thought("Hm.")))) as made:
        services = with_servers(services_with)
        services.store.keep_note(LAST_MODEL, f"tiny@{made.url}")
        async with running(services, size=WIDE) as pilot:
            pane = await ready(pilot)
            await pilot.press(*"Hi", "enter")
            await until_seen(pilot, "Thinking")
            assert pane.status.meter is None
            await pilot.press("escape")
            await until(pilot, lambda: pane.talk.running is None)
            assert texts(pane) == ["Hi"]
            made.routes["POST", "/v1/chat/completions"] = streamed(delta("Yes."), finish())
            await ask(pilot, "And now?")
            assert texts(pane)[-1] == "Yes."


async def test_while_the_server_has_said_nothing_one_is_told_who_is_waited_for(
    running: Running, services_with: Make
) -> None:
    with serving(server(silent)) as made:
        services = with_servers(services_with)
        services.store.keep_note(LAST_MODEL, f"tiny@{made.url}")
        async with running(services, size=WIDE) as pilot:
            pane = await ready(pilot)
            await pilot.press(*"Hi", "enter")
            await until_seen(pilot, f"Waiting for {made.host}")
            await pilot.press("escape")
            await until(pilot, lambda: pane.talk.running is None)
        assert made.gone.wait(5)


async def test_offline_a_server_elsewhere_is_not_asked_and_that_is_told(
    running: Running, services_with: Make
) -> None:
    services = with_servers(services_with, "http://192.0.2.1:8000")
    services.models.access = Access(offline=lambda: services.is_offline)
    async with running(services, size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+o")
        await until_seen(pilot, "Offline, so 192.0.2.1:8000 is not asked")


async def test_a_server_is_added_and_removed_in_the_settings(
    running: Running, services: Services
) -> None:
    async with running(services, size=WIDE) as pilot:
        await ready(pilot)
        await pilot.press("f5")
        await until_seen(pilot, "Servers")
        await pilot.click("#--content-tab-servers")
        await until_seen(pilot, "No server yet.")
        await pilot.click("#servers-pane .add")
        await until_seen(pilot, "Add a server")
        await pilot.press(*"api.example.com", "enter")
        await until_seen(pilot, "Write http:// or https:// before it.")
        await pilot.press("home", *"https://", "enter")
        await until(pilot, lambda: services.settings.servers == ("https://api.example.com",))
        await until_seen(pilot, "leaves this computer")
        await pilot.click("#servers-pane .remove")
        await until(pilot, lambda: services.settings.servers == ())


async def test_many_models_of_a_provider_are_found_by_typing(
    running: Running, services_with: Make
) -> None:
    made = server()
    made.routes["GET", "/v1/models"] = models(*(f"maker/model-{n}" for n in range(400)))
    with serving(made):
        services = with_servers(services_with, made.url)
        async with running(services, size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+o")
            await until_seen(pilot, "maker/model-0")
            await pilot.press(*"model-377")
            await until_seen(pilot, "maker/model-377")

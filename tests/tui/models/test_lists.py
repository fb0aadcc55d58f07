"""The lists of the Models part: what is here, the catalogue, the Hub."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.stand_in_hub.hub import StandInHub
from tests.tiny_gguf import write_tiny
from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.waiting import until, until_seen, until_snapshot
from yi_local.tui.app import YiApp
from yi_local.tui.services import Services


def mode(pilot: Pilot[None]) -> str:
    return pilot.app.current_mode


async def test_what_is_here_is_listed_with_size_place_and_what_it_is(
    services: Services, running: Running, folder: Path
) -> None:
    write_tiny(folder / "yi-tiny.Q4_K_M.gguf", metadata={"general.file_type": 15})
    async with running(services, size=(120, 30)) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "yi-tiny")
        seen = screen_text(pilot.app)
        assert "Q4_K_M" in seen
        assert "1 model, " in seen
        await until_seen(pilot, "512 tokens, as trained")


async def test_a_file_that_does_not_load_is_told_in_words(
    services: Services, running: Running, folder: Path
) -> None:
    (folder / "half.gguf").write_bytes(b"GGUF\x03\x00\x00\x00")
    async with running(services) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "does not load")
        await pilot.press("enter")
        assert mode(pilot) == "models"


async def test_names_from_outside_are_never_markup(
    services: Services, running: Running, folder: Path
) -> None:
    write_tiny(folder / "[b]x [@click=app.quit]y[].gguf")
    async with running(services) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "[b]x [@click=app.quit]y[]")


async def test_enter_talks_with_what_is_here(
    services: Services, running: Running, folder: Path
) -> None:
    path = write_tiny(folder / "yi-tiny.gguf")
    asked = []
    async with running(services) as pilot:
        app = pilot.app
        assert isinstance(app, YiApp)
        app._chat.use_model = lambda name, *wish: asked.append(name)  # type: ignore[method-assign]
        await pilot.press("f3")
        await until_seen(pilot, "yi-tiny")
        await pilot.press("enter")
        await until(pilot, lambda: mode(pilot) == "chat")
        assert asked == [str(path)]


async def test_a_model_is_removed_after_it_was_shown_what_goes(
    services: Services, running: Running, folder: Path
) -> None:
    path = write_tiny(folder / "yi-tiny.gguf")
    async with running(services, size=(100, 30)) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "yi-tiny")
        await pilot.press("delete")
        await until_seen(pilot, "This frees")
        assert "It lies in a folder of your own" in screen_text(pilot.app)
        await pilot.press("enter")  # the first choice does nothing
        await until(pilot, lambda: "This frees" not in screen_text(pilot.app))
        assert path.exists()
        await pilot.press("delete")
        await until_seen(pilot, "This frees")
        await pilot.press("right", "enter")
        await until_seen(pilot, "No model is here yet")
        assert not path.exists()


async def test_what_another_program_keeps_is_refused_in_words(
    services: Services, running: Running, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tiny(folder / "demo.gguf")
    monkeypatch.setattr("yi_local.assistant.models.library._demo", lambda: path)
    async with running(services) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "demo")
        await pilot.press("delete")
        await until_seen(pilot, "Nothing of it may be deleted here.")
        assert "pip uninstall" in screen_text(pilot.app)


async def test_verifying_says_what_it_found(
    services: Services, running: Running, folder: Path
) -> None:
    write_tiny(folder / "yi-tiny.gguf")
    async with running(services) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "yi-tiny")
        await pilot.press("v")
        await until_seen(pilot, "nobody says what it should be")


async def test_a_folder_that_cannot_be_looked_at_is_told(
    services: Services, running: Running, folder: Path
) -> None:
    folder.rmdir()
    async with running(services) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "1 folder could not be looked at")


async def test_all_about_one_model_stands_in_a_dialog(
    services: Services, running: Running, folder: Path
) -> None:
    write_tiny(folder / "yi-tiny.gguf", template=None)
    async with running(services, size=(100, 40)) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "yi-tiny")
        await pilot.press("i")
        await until_seen(pilot, "Known defects, and what is done about them")
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


async def test_the_catalogue_has_its_summaries_in_the_language_in_use(
    services: Services, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = {"yi-1.5-6b-chat": "fits", "yi-1.5-34b-chat": "too big"}
    monkeypatch.setattr("yi_local.tui.models.offering.find_fits", lambda services: fits)
    monkeypatch.setattr("yi_local.language.spoken", lambda: "zh_CN")
    async with running(services, size=(80, 24)) as pilot:
        await pilot.press("f3", "2", "down")
        await until_seen(pilot, "too big")
        await until_seen(pilot, "中英文聊天，Yi-1.5 的小模型。")
        await until_snapshot(pilot, "models-catalogue-chinese")


async def test_wide_names_stay_in_their_columns_on_a_small_screen(
    services: Services, running: Running, folder: Path
) -> None:
    for name in ("零一万物-大模型-中文聊天-很长的名字-yi.Q4_K_M", "短.Q8_0", "mixed-混合-name"):
        write_tiny(folder / f"{name}.gguf", seed=len(name))
    async with running(services, size=(60, 20)) as pilot:
        await pilot.press("f3")
        await until_seen(pilot, "3 models, ")
        await pilot.press("end")
        await until_seen(pilot, "Q4_K_M (the file says F16)")  # of the last one
        await until_snapshot(pilot, "models-here-60x20")


async def test_offline_the_hub_is_not_searched_and_says_so(
    services: Services, running: Running
) -> None:
    async with running(services, size=(60, 20)) as pilot:
        await pilot.press("f3", "3")
        await pilot.press(*"yi", "enter")
        await until_seen(pilot, "ffline, the Hub cannot be searched.")


async def test_the_hub_is_searched_as_one_types(online: Services, running: Running) -> None:
    async with running(online, size=(100, 30)) as pilot:
        await pilot.press("f3", "slash")
        await pilot.press(*"tiny")
        await until_seen(pilot, "maker/Yi-Tiny-GGUF")
        assert "4,321" in screen_text(pilot.app)


async def test_nothing_found_and_a_hub_that_is_down_are_sentences(
    online: Services, running: Running, hub: StandInHub
) -> None:
    async with running(online, size=(100, 30)) as pilot:
        await pilot.press("f3", "3", *"nothing", "enter")
        await until_seen(pilot, 'Nothing is found for "nothing".')
        hub.fault("status", on="hub", status=500)
        await pilot.press("2", "3", "end", *"more", "enter")
        await until(pilot, lambda: "Searching" not in screen_text(pilot.app))
        assert "500" in screen_text(pilot.app)

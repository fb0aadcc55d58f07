"""What repositories offer, filled in as it becomes known, and how it comes here."""

from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from tests.stand_in_hub.hub import StandInHub
from tests.tui.conftest import Running
from tests.tui.models.conftest import KNOWN_REPO, REPO
from tests.tui.snapshot import screen_text
from tests.tui.waiting import until, until_seen
from yi_local.tui.app import YiApp
from yi_local.tui.messages import ShowModel
from yi_local.tui.services import Services

BIG = "maker/Big-GGUF"
BIG_BYTES = 5_000_000


def line_with(pilot: Pilot[None], *texts: str) -> str:
    """The line that has all of them; "" where there is none."""
    lines = screen_text(pilot.app).splitlines()
    return next((line for line in lines if all(text in line for text in texts)), "")


async def show(pilot: Pilot[None], name: str) -> None:
    pilot.app.post_message(ShowModel(name))
    await until(pilot, lambda: pilot.app.current_mode == "models")


async def slow_download(pilot: Pilot[None], hub: StandInHub) -> None:
    """On its way, with a first part here, and slow enough to be looked at."""
    from tests.stand_in_hub.content import Generated

    hub.add_repo(BIG, {"big.Q4_K_M.gguf": Generated(BIG_BYTES)})
    await show(pilot, BIG)
    await until_seen(pilot, "cannot be used")  # random bytes: it can be fetched all the same
    hub.fault("throttle", bytes_per_s=200_000)
    await pilot.press("d")
    await until_seen(pilot, "By downloading it you accept the licence")
    await pilot.press("enter")
    await until(pilot, lambda: line_with(pilot, "downloading", "Big-GGUF", "/s"))


async def test_a_model_of_the_catalogue_is_shown_with_its_quants_and_the_best_is_marked(
    online: Services, running: Running
) -> None:
    async with running(online, size=(120, 40)) as pilot:
        await show(pilot, "yi-1.5-6b-chat")
        await until(pilot, lambda: line_with(pilot, ">", "best here"))
        seen = screen_text(pilot.app)
        assert "Chat in English and Chinese" in seen
        assert KNOWN_REPO in seen
        assert "Apache-2.0" in seen
        for quant in ("Q4_K_M", "Q6_K", "Q8_0"):
            assert "tok/s" in line_with(pilot, quant, "kB")


async def test_sizes_are_there_at_once_and_verdicts_as_the_headers_come(
    online: Services, running: Running, hub: StandInHub
) -> None:
    hub.fault("hang", seconds=1.0)
    async with running(online, size=(120, 40)) as pilot:
        await show(pilot, REPO)
        await until(pilot, lambda: line_with(pilot, "Q8_0", "kB", "reading ..."))
        hub.heal()


async def test_one_header_that_cannot_be_read_spoils_no_other(
    online: Services, running: Running, hub: StandInHub
) -> None:
    files = {"good.Q4_K_M.gguf": whole(hub, "Q4_K_M"), "bad.Q8_0.gguf": b"no model at all" * 9}
    hub.add_repo("maker/Mixed-GGUF", files)
    async with running(online, size=(120, 40)) as pilot:
        await show(pilot, "maker/Mixed-GGUF")
        await until(pilot, lambda: line_with(pilot, "Q8_0", "cannot be used"))
        await until(pilot, lambda: line_with(pilot, "Q4_K_M", "best here"))


async def test_a_repository_that_is_not_there_is_told_in_the_pane(
    online: Services, running: Running
) -> None:
    async with running(online) as pilot:
        await show(pilot, "maker/nothing")
        await until_seen(pilot, "There is no repository maker/nothing")


async def test_a_name_that_means_nothing_is_a_notice(online: Services, running: Running) -> None:
    async with running(online) as pilot:
        await show(pilot, "no such model")
        notices = pilot.app._notifications
        await until(pilot, lambda: any("There is no model" in each.message for each in notices))


async def test_the_licence_is_shown_before_the_first_download_and_not_again(
    online: Services, running: Running
) -> None:
    async with running(online, size=(120, 40)) as pilot:
        await show(pilot, REPO)
        await until_seen(pilot, "best here")
        await pilot.press("d")
        await until_seen(pilot, "By downloading it you accept the licence")
        assert "stay free" in screen_text(pilot.app)
        assert line_with(pilot, "licence", "mit")
        await pilot.press("enter")
        await until(pilot, lambda: line_with(pilot, "best here", "here", ">").endswith("here"))
        await pilot.press("down" if "Q4_K_M" in line_with(pilot, ">") else "up", "d")
        await until(pilot, lambda: len(in_cache()) == 2)
        assert len(pilot.app.screen_stack) == 1


def in_cache() -> list[Path]:
    import os

    return list(Path(os.environ["HF_HOME"]).rglob("snapshots/*/*.gguf"))


async def test_enter_offers_a_download_and_talks_with_the_model_when_it_is_here(
    online: Services, running: Running
) -> None:
    asked: list[str] = []
    async with running(online, size=(120, 40)) as pilot:
        app = pilot.app
        assert isinstance(app, YiApp)
        app._chat.use_model = lambda name, *wish: asked.append(name)  # type: ignore[method-assign]
        await show(pilot, REPO)
        await until_seen(pilot, "best here")
        await pilot.press("enter")
        await until_seen(pilot, "Download, then chat")
        await pilot.press("right", "enter")
        await until(pilot, lambda: asked)
        assert asked[0].endswith(".gguf")
        assert Path(asked[0]).is_file()
        assert pilot.app.current_mode == "chat"


async def test_nothing_is_fetched_where_the_licence_is_not_accepted(
    online: Services, running: Running
) -> None:
    async with running(online, size=(120, 40)) as pilot:
        await show(pilot, REPO)
        await until_seen(pilot, "best here")
        await pilot.press("d")
        await until_seen(pilot, "By downloading it you accept the licence")
        await pilot.press("escape")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        assert online.downloads.snapshot() == ()


async def test_a_download_is_paused_gone_on_with_and_cancelled_by_keys(
    online: Services, running: Running, hub: StandInHub
) -> None:
    async with running(online, size=(120, 40)) as pilot:
        await slow_download(pilot, hub)
        await pilot.press("p")
        await until(pilot, lambda: line_with(pilot, "paused", "goes on with p"))
        await pilot.press("p")
        await until(pilot, lambda: line_with(pilot, "downloading", "Big-GGUF"))
        await pilot.press("x")
        await until_seen(pilot, "Cancel, delete the part")
        await pilot.press("enter")
        await until(pilot, lambda: not online.downloads.snapshot())
        await until(pilot, lambda: not line_with(pilot, "Big-GGUF", "%"))


async def test_progress_is_told_in_the_other_parts_too(
    online: Services, running: Running, hub: StandInHub
) -> None:
    async with running(online, size=(100, 30)) as pilot:
        await slow_download(pilot, hub)
        await pilot.press("f2")
        await until(pilot, lambda: "Downloading Q4_K_M" in line_with(pilot, "[Chat]"))


async def test_what_was_under_way_waits_paused_at_the_next_start(
    services_with: Callable[..., Services], online: Services, running: Running, hub: StandInHub
) -> None:
    async with running(online, size=(100, 30)) as pilot:
        await slow_download(pilot, hub)
    again = services_with()
    async with running(again, size=(100, 30)) as pilot:
        await pilot.press("f3")
        await until(pilot, lambda: line_with(pilot, "paused", "Big-GGUF", "goes on with p"))


async def test_a_download_that_fails_says_why_and_can_be_tried_again(
    online: Services, running: Running, hub: StandInHub
) -> None:
    async with running(online, size=(120, 40)) as pilot:
        await show(pilot, REPO)
        await until_seen(pilot, "best here")
        hub.fault("status", status=403)
        await pilot.press("d")
        await until_seen(pilot, "By downloading it you accept the licence")
        await pilot.press("enter")
        await until(pilot, lambda: line_with(pilot, "failed", "Yi-Tiny"))
        hub.heal()
        await pilot.press("p")
        await until(pilot, lambda: in_cache())


async def test_what_is_newer_on_the_hub_is_marked(
    online: Services, running: Running, hub: StandInHub
) -> None:
    async with running(online, size=(120, 40)) as pilot:
        await show(pilot, REPO)
        await until_seen(pilot, "best here")
        await pilot.press("d")
        await until_seen(pilot, "By downloading it you accept the licence")
        await pilot.press("enter")
        await until(pilot, lambda: in_cache())
        hub.add_repo(REPO, {path.name: path.read_bytes() + b"new" for path in in_cache()})
        await pilot.press("1")
        await until_seen(pilot, "1 model, ")
        await pilot.press("u")
        await until_seen(pilot, "newer on the Hub")


def whole(hub: StandInHub, quant: str) -> bytes:
    repo = hub.repositories[REPO]
    content = repo.content(repo.commit, f"yi-tiny.{quant}.gguf")
    assert content is not None
    return b"".join(content.read(0, content.size))

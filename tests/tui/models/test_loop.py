"""Nothing in the Models part blocks the event loop: a watcher measures it at work."""

import asyncio
from pathlib import Path

from tests.stand_in_hub.content import Generated
from tests.stand_in_hub.hub import StandInHub
from tests.tiny_gguf import write_tiny
from tests.tui.conftest import Running
from tests.tui.models.conftest import KNOWN_REPO, REPO
from tests.tui.talking import ready
from tests.tui.waiting import until, until_seen
from tests.tui.watch import watched
from yi_local.tui.messages import ShowModel
from yi_local.tui.services import Services
from yi_local.tui.widgets.settings.model_presets import ModelPresets

BIG = "maker/Big-GGUF"
BIG_BYTES = 3_000_000


async def test_reading_offers_and_downloading_let_the_loop_go_on(
    online: Services, running: Running, hub: StandInHub
) -> None:
    hub.add_repo(BIG, {"big.Q4_K_M.gguf": Generated(BIG_BYTES)})
    async with running(online, size=(120, 40)) as pilot:
        await ready(pilot)
        async with watched() as watch:
            watch.now("reading the first offer")
            pilot.app.post_message(ShowModel(REPO))
            await until_seen(pilot, "best here")
            watch.now("reading an offer of the catalogue")
            pilot.app.post_message(ShowModel("yi-1.5-6b-chat"))
            await until_seen(pilot, KNOWN_REPO)
            await until_seen(pilot, "best here")
            watch.now("reading the offer to be downloaded")
            pilot.app.post_message(ShowModel(BIG))
            await until_seen(pilot, "cannot be used")
            hub.fault("throttle", bytes_per_s=1_000_000)
            watch.now("asking about the licence")
            await pilot.press("d")
            await until_seen(pilot, "By downloading it you accept the licence")
            watch.now("downloading")
            await pilot.press("enter")
            await until(pilot, lambda: states(online) == ["transferring"])
            await pilot.press("f2", "f3")
            await until(pilot, lambda: states(online) == ["done"])
            watch.now("what came is read")
            await asyncio.sleep(0.3)


async def test_a_library_of_200_models_lets_the_loop_go_on(
    online: Services, running: Running, folder: Path
) -> None:
    metadata = {"general.file_type": 15, "general.license": "mit"}
    for n in range(200):
        write_tiny(folder / f"model-{n}.Q4_K_M.gguf", metadata={**metadata, "general.name": str(n)})
    async with running(online, size=(120, 40)) as pilot:
        await ready(pilot)
        async with watched() as watch:
            watch.now("reading them")
            await pilot.press("f3")
            await until_seen(pilot, "200 models, ")
            watch.now("another width")
            await pilot.resize_terminal(80, 24)
            await pilot.press("end")
            await until_seen(pilot, "model-99")
            watch.now("reading them again")
            await pilot.press("ctrl+r")
            await pilot.pause()
            watch.now("their presets")
            await pilot.press("f5")
            await until_seen(pilot, "Its makers")
            watch.now("their presets at another width")
            await pilot.resize_terminal(50, 40)
            await pilot.pause()
            watch.now("going through their presets")
            pilot.app.screen.query_one(ModelPresets).focus()
            await pilot.press("shift+tab", "tab", *["tab"] * 20, "right")
            await pilot.pause()


def states(services: Services) -> list[str]:
    return [item.state for item in services.downloads.snapshot()]

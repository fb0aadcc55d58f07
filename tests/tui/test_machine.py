"""The Machine part: what is here, what a model takes, what it would take."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Select, Static

from tests.tiny_gguf import write_smallest
from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.waiting import until, until_seen
from yi_local.assistant.planning.memory_picture import Bar, Share
from yi_local.settings import Settings, write_settings
from yi_local.tui.services import Services
from yi_local.tui.widgets.machine.memory_bars import MemoryBars
from yi_local.tui.widgets.machine.plan_panel import PlanPanel
from yi_local.tui.widgets.machine.step_slider import Step, StepSlider
from yi_local.tui.widgets.settings.plain_button import PlainButton

GIB = 1 << 30


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person's is found."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for name in ("HF_HOME", "OLLAMA_MODELS", "LLAMA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setattr("yi_local.assistant.models.library._demo", lambda: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "models"
    path.mkdir()
    write_smallest(path / "first.Q4_K_M.gguf")
    write_settings(Settings(model_folders=(path,)))
    return path


def slider(pilot: Pilot[None], name: str) -> StepSlider:
    return pilot.app.screen.query_one(f"#{name}", StepSlider)


def bars(pilot: Pilot[None]) -> tuple[Bar, ...]:
    return pilot.app.screen.query_one("#plan-bars", MemoryBars).bars


def said(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#verdict", Static).content)


async def planned(pilot: Pilot[None]) -> None:
    await pilot.press("f4")
    await until(pilot, lambda: bars(pilot))
    await until(pilot, lambda: "being worked out" not in said(pilot))


async def test_it_shows_the_devices_with_their_memory(
    services_with: Callable[..., Services], running: Running
) -> None:
    async with running(services_with(["--gpu", "8"]), size=(120, 40)) as pilot:
        await pilot.press("f4")
        await until_seen(pilot, "CUDA0")
        text = screen_text(pilot.app)
        assert "8.0 GiB of 8.0 GiB free" in text
        assert "processor" in text
        assert "0.0.0: CUDA, CPU" in text


async def test_the_picture_changes_as_the_sliders_move(
    services_with: Callable[..., Services], running: Running, folder: Path
) -> None:
    async with running(services_with(["--gpu", "8"]), size=(100, 70)) as pilot:
        await planned(pilot)
        before = bars(pilot)
        assert [bar.device for bar in before] == ["CPU", "CUDA0"]
        slider(pilot, "kv-type").focus()
        await pilot.press("home")
        kv_f16 = bars(pilot)[1].of("kv-cache")
        await pilot.press("right")
        assert bars(pilot)[1].of("kv-cache") < kv_f16  # at once, before any answer
        await until(pilot, lambda: "being worked out" not in said(pilot))
        assert bars(pilot)[1].of("kv-cache") < kv_f16


async def test_layers_move_between_gpu_and_ram(
    services_with: Callable[..., Services], running: Running, folder: Path
) -> None:
    async with running(services_with(["--gpu", "8"]), size=(100, 70)) as pilot:
        await planned(pilot)
        layers = slider(pilot, "layers")
        assert layers.value is None
        weights = bars(pilot)[1].of("weights")
        layers.focus()
        await pilot.press("right", "right")  # automatic, 0, 1
        assert layers.value == 1
        await until(pilot, lambda: 0 < bars(pilot)[-1].of("weights") < weights)


async def test_what_does_not_fit_says_how_much_is_missing_and_cannot_be_loaded(
    services_with: Callable[..., Services], running: Running, folder: Path
) -> None:
    async with running(services_with(["--gpu", "2"]), size=(100, 70)) as pilot:
        await planned(pilot)
        layers = slider(pilot, "layers")
        layers.focus()
        await pilot.press("end")
        await until(
            pilot, lambda: "Does not fit" in said(pilot) and "worked out" not in said(pilot)
        )
        assert "are missing on CUDA0" in said(pilot)
        text = screen_text(pilot.app)
        assert "! missing" in text
        assert pilot.app.screen.query_one("#load", PlainButton).disabled


async def test_the_button_loads_with_what_was_chosen(
    services: Services, running: Running, folder: Path
) -> None:
    async with running(services, size=(100, 70)) as pilot:
        await planned(pilot)
        slider(pilot, "kv-type").focus()
        await pilot.press("end")
        slider(pilot, "context").focus()
        await pilot.press("home")
        await until(pilot, lambda: "being worked out" not in said(pilot))
        pilot.app.screen.query_one("#load", PlainButton).press()
        await until(pilot, lambda: pilot.app.current_mode == "chat")

        def loaded() -> bool:
            options = [each.plan.options for each in services.models.opened() if each.loaded]
            return ("q4_0", 4096) in [(each.type_k, each.n_ctx) for each in options]

        await until(pilot, loaded)


async def test_a_model_that_cannot_be_planned_for_says_why(
    services_with: Callable[..., Services], running: Running, folder: Path
) -> None:
    async with running(services_with(["--refuse"]), size=(100, 70)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "Working" not in said(pilot) and said(pilot))
        assert pilot.app.is_running


async def test_another_model_is_planned_for_when_it_is_chosen(
    services: Services, running: Running, folder: Path
) -> None:
    write_smallest(folder / "second.Q8_0.gguf")
    async with running(services, size=(100, 70)) as pilot:
        await planned(pilot)
        select = pilot.app.screen.query_one("#plan-model", Select)
        panel = pilot.app.screen.query_one(PlanPanel)
        first = panel._path
        select.value = str(folder / "second.Q8_0.gguf")
        await until(pilot, lambda: panel._path != first and bars(pilot))


async def test_a_loaded_model_is_shown_as_it_was_taken(
    services_with: Callable[..., Services], running: Running, model: str
) -> None:
    services = services_with(["--takes", "1"])
    opened = services.models.open(model)
    for _ in opened.load(lambda: False):
        pass
    async with running(services, size=(100, 60)) as pilot:
        await pilot.press("f4")
        await until_seen(pilot, "foreseen")
        assert "1.0 GiB taken" in screen_text(pilot.app)


async def test_looking_again_asks_again(services: Services, running: Running, folder: Path) -> None:
    async with running(services, size=(100, 70)) as pilot:
        await planned(pilot)
        write_smallest(folder / "third.Q8_0.gguf")
        await pilot.press("ctrl+r")
        select = pilot.app.screen.query_one("#plan-model", Select)
        await until(pilot, lambda: any("third" in str(prompt) for prompt, _ in select._options))
        await until(pilot, lambda: bars(pilot))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (250, 60)])
async def test_it_works_at_every_size(
    services: Services, running: Running, folder: Path, size: tuple[int, int]
) -> None:
    async with running(services, size=size) as pilot:
        await planned(pilot)
        for line in screen_text(pilot.app).splitlines():
            assert len(line) <= size[0]
        await pilot.press("tab", "tab", "right", "tab", "left")
        assert pilot.app.is_running


async def test_nothing_holds_up_the_event_loop(
    services: Services, running: Running, folder: Path
) -> None:
    """Generous: the test machine is busy; a planner in the loop would take far longer."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - begun)

    async with running(services, size=(100, 70)) as pilot:
        await planned(pilot)
        watcher = asyncio.create_task(watch())
        slider(pilot, "context").focus()
        for key in ("left", "right", "home", "end") * 3:
            await pilot.press(key)
        watcher.cancel()
    assert longest < 1.0


# -- the widgets by themselves


class Host(App[None]):
    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._shown = widgets
        self.moved: list[int | str | None] = []

    def compose(self) -> ComposeResult:
        yield from self._shown

    def on_step_slider_moved(self, event: StepSlider.Moved) -> None:
        self.moved.append(event.slider.value)


async def test_without_models_it_says_where_they_come_from() -> None:
    panel = PlanPanel()
    app = Host(panel)
    async with app.run_test(size=(80, 12)) as pilot:
        panel.offer_models((), None)
        await until_seen(pilot, "No model is on this machine yet")


async def test_a_slider_moves_by_keys_and_stops_at_its_ends() -> None:
    one = StepSlider("Context", id="one", label_width=8, value_width=8)
    app = Host(one)
    async with app.run_test(size=(60, 5)) as pilot:
        one.offer([Step(n, str(n)) for n in (1, 2, 4, 8)], 4)
        await pilot.pause()
        assert app.moved == []  # what the program sets is no move
        one.focus()
        await pilot.press("right", "right", "left", "home", "left", "end")
        assert app.moved == [8, 4, 1, 8]


async def test_a_slider_stands_at_what_is_nearest() -> None:
    one = StepSlider("Context", id="one", label_width=8, value_width=8)
    async with Host(one).run_test(size=(60, 5)):
        one.offer([Step(n, str(n)) for n in (1024, 2048, 4096)], 3000)
        assert one.value == 2048


async def test_a_click_on_the_track_goes_there() -> None:
    one = StepSlider("Context", id="one", label_width=8, value_width=8)
    app = Host(one)
    async with app.run_test(size=(60, 5)) as pilot:
        one.offer([Step(n, str(n)) for n in range(5)], 0)
        await pilot.pause()
        await pilot.click(StepSlider, offset=(59, 0))
        assert app.moved == [4]


async def test_every_part_has_a_glyph_a_name_and_a_number() -> None:
    shares = (Share("weights", 4 * GIB), Share("kv-cache", GIB), Share("free", 3 * GIB))
    bar = Bar("CUDA0", "a card with [/markup]", 8 * GIB, 8 * GIB, shares, 0)
    app = Host(MemoryBars([bar]))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        text = screen_text(app)
    assert "CUDA0  a card with [/markup]" in text
    for words in ("█ weights 4.0 GiB", "▓ KV cache 1.0 GiB", "· free 3.0 GiB"):
        assert words in text
    drawn = next(line for line in text.splitlines() if "████" in line)
    assert (drawn.count("█"), drawn.count("▓"), drawn.count("·")) == (29, 7, 22)

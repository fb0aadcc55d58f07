"""Terminals of every size and of few colours: nothing is cut off, no colour alone says a thing."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.segment import Segment
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.planner.machines import cpu_only
from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.talking import ask, long_conversation, pane_of, ready, screen_of, texts
from tests.tui.waiting import until, until_seen, until_snapshot
from yi_local import language
from yi_local.settings import Preset, Settings
from yi_local.tui.screens.compare import CompareScreen
from yi_local.tui.services import Services
from yi_local.tui.themes import has_few_colours, theme_name
from yi_local.tui.widgets.entries import Entries

TERMINALS = [
    {"TERM": "xterm"},
    {"TERM": "linux"},
    {"TERM": "screen"},
    {"TERM": "vt220"},
    {"TERM": "xterm-16color"},
    {"TERM": "xterm-256color"},
    {"TERM": "tmux-256color"},
    {"TERM": "xterm-kitty"},
    {"TERM": "xterm", "COLORTERM": "truecolor"},
    {"TERM": "linux", "COLORTERM": "24bit"},
    {"TERM": "xterm-256color", "COLORTERM": "yes"},
]


@pytest.mark.parametrize("environ", TERMINALS, ids=lambda each: " ".join(each.values()))
def test_a_terminal_has_few_colours_where_so_few_are_sent_to_it(environ: dict[str, str]) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, _environ=environ)
    few = console.color_system == "standard"
    assert has_few_colours(environ, "posix") == few


def test_the_terminals_own_colours_are_taken_where_there_are_few_and_nothing_is_chosen() -> None:
    assert theme_name(None, {"TERM": "xterm"}) == "ansi-dark"
    assert theme_name(None, {"TERM": "xterm", "COLORFGBG": "0;15"}) == "ansi-light"
    assert theme_name(None, {"TERM": "xterm", "COLORFGBG": "15;default;0"}) == "ansi-dark"
    assert theme_name(None, {"TERM": "xterm-256color"}) == "yi-dark"
    assert theme_name("light", {"TERM": "xterm"}) == "yi-light"
    assert theme_name("no such theme", {"TERM": "xterm"}) == "yi-dark"
    assert not has_few_colours({}, "nt")


# -- without colours


def segments_of(app: App[Any]) -> list[Segment]:
    return [each for strip in app.screen._compositor.render_strips(app.size) for each in strip]


@pytest.mark.parametrize("theme", [None, "ansi-dark", "ansi-light"])
async def test_with_no_color_there_is_none_and_what_is_chosen_is_turned_around(
    running: Running,
    services_with: Callable[..., Services],
    monkeypatch: pytest.MonkeyPatch,
    theme: str | None,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(services_with(settings=Settings(theme=theme))) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+p")
        await until_seen(pilot, "New chat")
        segments = segments_of(pilot.app)
        styles = [each.style for each in segments if each.style is not None]
        colours = {colour for style in styles for colour in (style.color, style.bgcolor) if colour}
        assert all(colour.is_default for colour in colours)
        turned = "".join(each.text for each in segments if each.style and each.style.reverse)
        assert "Stop, back" in turned
        assert "New chat" not in turned


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_in_the_terminals_own_colours_what_is_chosen_is_turned_around(
    running: Running, services_with: Callable[..., Services], theme: str
) -> None:
    async with running(services_with(settings=Settings(theme=theme))) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+p")
        await until_seen(pilot, "New chat")
        segments = segments_of(pilot.app)
        turned = "".join(each.text for each in segments if each.style and each.style.reverse)
        assert "Stop, back" in turned


# -- sizes


@pytest.fixture
def one_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same wherever the test runs, and nothing of the person's."""
    for place in ("welcome.first_look", "planning.machine"):
        monkeypatch.setattr(f"yi_local.assistant.{place}.detect", cpu_only)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for name in ("HF_HOME", "OLLAMA_MODELS", "LLAMA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setattr("yi_local.assistant.models.library._demo", lambda: None)
    monkeypatch.setattr("yi_local.assistant.welcome.first_look._demo_bytes", lambda: 98_000_000)


async def test_the_chat_at_250_by_60(running: Running, services: Services) -> None:
    async with running(services, size=(250, 60)) as pilot:
        await ask(
            pilot, "say Here is **how**:\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        )
        await until_snapshot(pilot, "chat-250x60")


async def test_a_long_conversation_at_60_by_20(running: Running, services: Services) -> None:
    long_conversation(services.store, 200, answer="Answer {n}. " + "It goes on. " * 12)
    (conversation,) = services.store.conversations()
    async with running(services, size=(60, 20)) as pilot:
        await ready(pilot)
        screen_of(pilot).open_conversation(conversation.id)
        await until_seen(pilot, "Answer 200.")
        await until(pilot, lambda: texts(pane_of(pilot)))
        await until_seen(pilot, "of 4,096 tokens")
        await until_snapshot(pilot, "chat-long-60x20")


@pytest.mark.parametrize(
    ("spoken", "size"), [("en", (60, 20)), ("zh_CN", (80, 24))], ids=["en", "zh"]
)
async def test_the_settings_look_as_in_their_snapshot(
    running: Running,
    services_with: Callable[..., Services],
    one_machine: None,
    spoken: str,
    size: tuple[int, int],
) -> None:
    language.use(spoken)
    settings = Settings(presets=(Preset("brief", "Answer in one sentence."),))
    async with running(services_with(settings=settings), size=size) as pilot:
        await ready(pilot)
        await pilot.press("f5")
        await until_seen(pilot, "brief")
        await until_snapshot(pilot, f"settings-{spoken}-{size[0]}x{size[1]}")


@pytest.mark.parametrize(
    ("spoken", "size"), [("en", (60, 20)), ("zh_CN", (80, 24))], ids=["en", "zh"]
)
async def test_the_machine_looks_as_in_its_snapshot(
    running: Running, services: Services, one_machine: None, spoken: str, size: tuple[int, int]
) -> None:
    language.use(spoken)
    async with running(services, size=size) as pilot:
        await ready(pilot)
        await pilot.press("f4")
        await until_seen(pilot, "a CPU")
        await until_snapshot(pilot, f"machine-{spoken}-{size[0]}x{size[1]}")


async def test_two_sides_at_60_by_20(running: Running, services: Services, model: str) -> None:
    async with running(services, size=(60, 20)) as pilot:
        await ready(pilot)
        screen = CompareScreen(services, model=model, question="say one")
        await pilot.app.push_screen(screen)
        await pilot.press("enter")
        await until(pilot, lambda: screen_text(pilot.app).count("done") == 2)
        await until(pilot, lambda: screen.check_action("keep_first", ()))
        for state in screen.query(".state"):
            assert isinstance(state, Static)
            state.update("20.0 tok/s  done")  # the time that it took differs
        await until_snapshot(pilot, "compare-60x20")


async def test_the_welcome_at_60_by_20(
    running: Running, services: Services, one_machine: None
) -> None:
    services.store.keep_note("welcomed", None)
    async with running(services, size=(60, 20)) as pilot:
        await until_seen(pilot, "tokens/s")
        await until_snapshot(pilot, "welcome-60x20")


async def test_what_is_typed_into_the_hub_search_is_seen(
    running: Running, services: Services
) -> None:
    async with running(services, size=(60, 20)) as pilot:
        await pilot.press("f3", "3", *"coder")
        await until(pilot, lambda: "coder" in screen_text(pilot.app).splitlines()[2])


def listed(pilot: Pilot[None]) -> list[str]:
    """What is seen of the list of conversations."""
    return [line[:30] for line in screen_text(pilot.app).splitlines()[3:-1]]


async def test_the_list_keeps_its_place_when_it_gets_the_focus(
    running: Running, services: Services
) -> None:
    long_conversation(services.store, 2)
    async with running(services, size=(110, 30)) as pilot:
        await ready(pilot)
        await until_seen(pilot, "A long one")
        before = listed(pilot)
        screen_of(pilot).conversation_list.focus_list()
        entries = screen_of(pilot).query_one(Entries)
        await until(pilot, lambda: entries.highlighted is not None)
        await until(pilot, lambda: listed(pilot) == before)
        assert entries.scroll_y == 0


async def test_a_notice_leaves_the_prompt_free(running: Running, services: Services) -> None:
    async with running(services, size=(60, 20)) as pilot:
        pane = await ready(pilot)
        pane.say("A notice that is longer than one line of it, so that it takes several.")
        await until_seen(pilot, "A notice that is")
        assert "Ctrl+J begins a new line" in screen_text(pilot.app)
        assert "[Chat]" in screen_text(pilot.app)

"""Fixtures for the terminal app: a real store, the stand-in engine, and the app under a Pilot."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tiny_gguf import write_smallest
from tests.tui.waiting import until
from yi_local import language
from yi_local.assistant.loading.open_model import Models
from yi_local.catalogue.read import read_catalogue
from yi_local.settings import Settings
from yi_local.store.conversations import Store
from yi_local.tui.app import YiApp
from yi_local.tui.screens.chat import ChatScreen
from yi_local.tui.services import Services

WORKER = Path(__file__).parents[1] / "fake_worker.py"
LAST_MODEL = "last-model"  # the store's note of what was talked with

Running = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """English, a home of its own, many colours, nothing that moves, whatever the terminal is."""
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "TERM_PROGRAM", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    language.use("en")
    yield
    language.use("en")


@pytest.fixture
def model(tmp_path: Path) -> str:
    """The path of a model that is here, and that only the stand-in engine loads."""
    return str(write_smallest(tmp_path / "tiny.gguf"))


@pytest.fixture
def services_with(tmp_path: Path, model: str) -> Iterator[Callable[..., Services]]:
    """Makes services whose engine gets these arguments of fake_worker.py; `model` is in use."""
    made: list[Services] = []

    def make(worker: Sequence[str] = (), settings: Settings | None = None) -> Services:
        command = [sys.executable, str(WORKER), *worker]
        services = Services(
            store=Store(tmp_path / "conversations.db"),
            models=Models(engine_command=command),
            catalogue=read_catalogue(),
            settings=settings or Settings(),
            engine_command=command,
            offline=True,
        )
        services.store.keep_note(LAST_MODEL, model)
        services.store.keep_note("welcomed", "1")
        made.append(services)
        return services

    yield make
    for services in made:
        services.close()


@pytest.fixture
def services(services_with: Callable[..., Services]) -> Services:
    return services_with()


@pytest.fixture
def running() -> Running:
    """`async with running(services, size=(80, 24)) as pilot`: the app, painted for the first time.

    `pilot.app` is the YiApp, its screen the chat.
    """

    @asynccontextmanager
    async def run(services: Services, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot]:
        app = YiApp(services)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: isinstance(app.screen, ChatScreen) and app.screen.is_mounted)
            yield pilot

    return run

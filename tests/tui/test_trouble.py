"""What goes wrong around the app is told in words, and what it is given harms no terminal."""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tiny_gguf import write_tiny
from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.talking import ask, pane_of, ready, screen_of, shown, texts
from tests.tui.waiting import until, until_seen
from yi_local.errors import YiLocalError
from yi_local.settings import Preset, Settings, write_settings
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment
from yi_local.text import clean
from yi_local.tui.screens.compare import CompareScreen
from yi_local.tui.services import Services

HARM = "\x1b]52;c;aGk=\x07\x1b[31m\x9b0m\x7f\u202e\u2066"  # codes, C1, bidi marks
MARKUP = "[bold]x[/] [@click=app.quit]q[/] [/foo] [red"
HOSTILE = f"a{HARM}b {MARKUP}"
SHOWN = f"a]52;c;aGk=[31m0mb {MARKUP}"  # the codes are gone, the rest is as it was written


def harm_on(app: App[Any]) -> set[str]:
    """Characters on the screen that a terminal would obey, and addresses it would link to."""
    found: set[str] = set()
    for strip in app.screen._compositor.render_strips(app.size):
        for text, style, _ in strip:
            address = (style.link or "") if style is not None else ""
            found |= {mark for mark in text + address if clean(mark) != mark or mark in "\n\t"}
    return found


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """Of every connection: what is there stays, nothing comes to it."""
    database = store._database
    mine = database._mine
    is_full = True

    def limited() -> sqlite3.Connection:
        """Each thread sets the limit of its own: nobody else knows when it uses it."""
        connection = mine()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages if is_full else 1_073_741_823}")
        return connection

    database._mine = limited  # type: ignore[method-assign]
    try:
        yield
    finally:
        is_full = False


@contextmanager
def in_use(path: Path) -> Iterator[None]:
    """By another program that does not let go of it."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def refusing(store: Store, *names: str) -> Iterator[None]:
    """These methods find the disk full."""

    def refuse(*_: object, **__: object) -> None:
        raise YiLocalError("There is no room left on the disk for it.")

    for name in names:
        setattr(store, name, refuse)
    try:
        yield
    finally:
        for name in names:
            delattr(store, name)


def told(pilot: Pilot[None]) -> str:
    return "\n".join(each.message for each in pilot.app._notifications)


# -- the engine


@pytest.mark.parametrize("death", ["kill", "abort", "exit", "garbage"])
async def test_an_engine_that_dies_in_an_answer_is_told_and_what_came_is_kept(
    running: Running, services: Services, death: str
) -> None:
    async with running(services) as pilot:
        pane = await ready(pilot)
        await pilot.press(*f"half {death}", "enter")
        await until_seen(pilot, "ended by an error")
        await until(pilot, lambda: told(pilot))
        await until(pilot, lambda: texts(pane) == [f"half {death}", "Half an ans"])
        pane.prompt.put("say and on")
        await pilot.press("enter")
        await until(pilot, lambda: texts(pane)[2:] == ["say and on", "and on"] and shown(pane))
    (conversation,) = services.store.conversations()
    nodes = services.store.path(conversation.id)
    assert [node.finish_reason for node in nodes[1::2]] == ["error", "stop"]


async def test_an_engine_that_dies_while_nobody_asks_is_not_missed(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = await ready(pilot)
        await ask(pilot, "pid")
        os.kill(int(texts(pane)[-1]), signal.SIGKILL)
        pane.prompt.put("say back")
        await pilot.press("enter")
        await until(pilot, lambda: texts(pane)[2:] == ["say back", "back"] and shown(pane))


async def test_an_engine_that_dies_loading_is_told_and_the_question_stays(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with(["--die-loading"])
    async with running(services) as pilot:
        pane = pane_of(pilot)
        await until(pilot, lambda: told(pilot))
        pilot.app.clear_notifications()
        await pilot.press(*"hello", "enter")
        await until(pilot, lambda: told(pilot) and pane.talk.running is None)
        await until(pilot, lambda: texts(pane) == ["hello"])
        assert "killed" in told(pilot) or "died" in told(pilot)


async def test_too_little_memory_is_told_and_a_smaller_plan_is_tried(
    running: Running, services_with: Callable[..., Services]
) -> None:
    async with running(services_with(["--room", "1"])) as pilot:
        await until_seen(pilot, "There is not enough memory")
        await pilot.press(*"hello", "enter")
        pane = pane_of(pilot)
        await until(pilot, lambda: texts(pane) == ["hello"] and pane.talk.running is None)
        assert pane.prompt.text == ""


# -- the store


async def test_on_a_full_disk_a_question_stays_in_the_prompt(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = await ready(pilot)
        await ask(pilot, "say before")
        question = "say " + "much " * 20_000
        pane.prompt.put(question)
        with full_disk(services.store):
            await pilot.press("enter")
            await until(pilot, lambda: "no room left on the disk" in told(pilot))
            await until(pilot, lambda: pane.talk.running is None)
            assert pane.prompt.text == question
            await until(pilot, lambda: texts(pane) == ["say before", "before"])
        pane.prompt.put("say after")
        await pilot.press("enter")
        await until(pilot, lambda: texts(pane)[2:] == ["say after", "after"] and shown(pane))


async def test_on_a_disk_that_gets_full_an_answer_goes_on_and_stays_on_the_screen(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = await ready(pilot)
        await pilot.press(*"tick", "enter")
        await until_seen(pilot, "tick tick")
        with refusing(services.store, "write", "finish"):
            had = len(texts(pane)[1])
            await until(pilot, lambda: len(texts(pane)[1]) > had + 300)
            await pilot.press("escape")
            await until(pilot, lambda: "no room left on the disk" in told(pilot))
            await until(pilot, lambda: pane.talk.running is None)
            pilot.app.clear_notifications()
            unkept = 300 // len("tick ")  # and they fit on the screen, with what else stands there
            await until(pilot, lambda: screen_text(pilot.app).count("tick") >= unkept)
            assert len(texts(pane)[1]) > had + 300
            await pilot.press("ctrl+l")
            assert pilot.app.clipboard == texts(pane)[1]


async def test_conversations_that_another_program_keeps_lose_no_question(
    running: Running, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("yi_local.store.database.connections.BUSY_S", 0.05)
    async with running(services) as pilot:
        pane = await ready(pilot)
        pane.prompt.put("say kept")
        with in_use(tmp_path / "conversations.db"):
            await pilot.press("enter")
            await until(pilot, lambda: "Another program has been using" in told(pilot))
            await until(pilot, lambda: pane.talk.running is None)
            assert pane.prompt.text == "say kept"
            await pilot.press("ctrl+f", "k")
            await pilot.press("escape")
        await pilot.press("enter")
        await until(pilot, lambda: texts(pane) == ["say kept", "kept"] and shown(pane))
        assert pane.prompt.text == ""


async def test_an_answer_is_kept_though_another_program_came_in_between(
    running: Running, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("yi_local.store.database.connections.BUSY_S", 0.05)
    async with running(services) as pilot:
        pane = await ready(pilot)
        await pilot.press(*"tick", "enter")
        await until_seen(pilot, "tick tick")
        with in_use(tmp_path / "conversations.db"):
            had = len(texts(pane)[1])
            await until(pilot, lambda: len(texts(pane)[1]) > had + 300)
        await pilot.press("escape")
        await until_seen(pilot, "stopped")
        kept = texts(pane)[1]
    (conversation,) = services.store.conversations()
    assert services.store.path(conversation.id)[1].message.content == kept


# -- the network


async def test_a_search_without_a_network_is_told_and_can_be_tried_again(
    running: Running, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.offline = False
    from yi_local.hub.repo import Found

    lost = True

    def search(*_: object) -> list[Found]:
        if lost:
            raise YiLocalError("There may be no network.", "Check the connection.")
        return [Found("maker/x", 1, 1, False, None, None, None)]

    monkeypatch.setattr("yi_local.tui.screens.models.search_hub", search)
    async with running(services) as pilot:
        await pilot.press("f3", "3", *"yi", "enter")
        await until_seen(pilot, "There may be no network.")
        lost = False
        await pilot.press("enter")
        await until_seen(pilot, "maker/x")


# -- what is written elsewhere


async def test_what_others_have_written_harms_no_terminal_in_the_chat(
    running: Running, services: Services, tmp_path: Path
) -> None:
    store = services.store
    conversation = store.create(model=f"{HOSTILE}.gguf", title=HOSTILE)
    asked = store.ask(conversation.id, None, HOSTILE, (Attachment(HOSTILE, HOSTILE),))
    answer = store.begin_answer(conversation.id, asked.id, f"{HOSTILE}.gguf")
    fence = f"```{HOSTILE}\n{HOSTILE}\n```"
    text = f"{HOSTILE}\n\n# {HOSTILE}\n\n- {HOSTILE}\n\n{fence}\n\n[{HOSTILE}](http://x/{HARM})"
    store.finish(answer.id, text, "stop", None)
    async with running(services, size=(140, 50)) as pilot:
        await until_seen(pilot, "a]52;c;aGk=[31m0mb")
        screen_of(pilot).open_conversation(conversation.id)
        await until(pilot, lambda: len(texts(pane_of(pilot))) == 2)
        await pilot.pause(0.2)
        assert not harm_on(pilot.app)
        assert screen_text(pilot.app).count(SHOWN) >= 5
        await pilot.press("up", "up", "e")
        assert not harm_on(pilot.app)
        await pilot.press("escape")


@pytest.mark.parametrize("key", ["f9", "f10", "ctrl+s", "ctrl+o", "f8", "ctrl+t"])
async def test_what_others_have_written_harms_no_terminal_in_a_dialog(
    running: Running, services: Services, key: str
) -> None:
    store = services.store
    conversation = store.create(model=f"{HOSTILE}.gguf", title=HOSTILE, system=HOSTILE)
    asked = store.ask(conversation.id, None, HOSTILE)
    answer = store.begin_answer(conversation.id, asked.id, "x")
    store.finish(answer.id, HOSTILE, "stop", None)
    async with running(services, size=(140, 50)) as pilot:
        pane = await ready(pilot)
        screen_of(pilot).open_conversation(conversation.id)
        await until(pilot, lambda: len(texts(pane)) == 2)
        pane.prompt.put(HOSTILE)
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.screen is not pane.screen)
        await pilot.pause(0.2)
        assert not harm_on(pilot.app)


async def test_what_others_have_written_harms_no_terminal_where_it_is_found(
    running: Running, services: Services
) -> None:
    store = services.store
    conversation = store.create(model="x", title=HOSTILE)
    store.ask(conversation.id, None, f"needle {HOSTILE}")
    async with running(services, size=(140, 50)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+f", *"needle")
        await until_seen(pilot, "You: needle")
        assert not harm_on(pilot.app)
        await pilot.press("ctrl+p", *"needle")
        await until(pilot, lambda: "needle a]52;c;aGk=[31m0mb [bold]x[/]" in screen_text(pilot.app))
        assert not harm_on(pilot.app)


async def test_a_model_of_any_name_harms_no_terminal_in_any_part(
    running: Running, services_with: Callable[..., Services], tmp_path: Path
) -> None:
    name = HOSTILE.replace("/", "")
    folder = tmp_path / name
    folder.mkdir()
    metadata = {"general.name": HOSTILE, "general.license": HOSTILE}
    write_tiny(folder / f"{name}.gguf", metadata=metadata)
    settings = Settings(
        model_folders=(folder,), presets=(Preset(MARKUP, HOSTILE),), default_preset=MARKUP
    )
    write_settings(settings)
    services = services_with(settings=settings)
    services.store.keep_note("last-model", str(folder / f"{name}.gguf"))
    async with running(services, size=(160, 50)) as pilot:
        for key in ("f2", "f3", "f4", "f5"):
            await pilot.press(key)
            part = MARKUP if key == "f5" else "a]52;c;aGk=[31m0mb"
            await until_seen(pilot, part[:18])
            await pilot.pause(0.3)
            assert not harm_on(pilot.app)


async def test_what_is_pasted_harms_no_terminal(running: Running, services: Services) -> None:
    async with running(services) as pilot:
        pilot.app.post_message(Paste(HOSTILE))
        await until_seen(pilot, SHOWN)
        assert not harm_on(pilot.app)


async def test_two_answers_side_by_side_harm_no_terminal(
    running: Running, services: Services, model: str
) -> None:
    async with running(services, size=(140, 40)) as pilot:
        await ready(pilot)
        screen = CompareScreen(services, model=model, question=f"say {HOSTILE}")
        await pilot.app.push_screen(screen)
        await pilot.press("enter")
        await until(pilot, lambda: screen_text(pilot.app).count("done") == 2)
        await pilot.pause(0.2)
        assert screen_text(pilot.app).count(SHOWN) >= 2
        assert not harm_on(pilot.app)


async def test_notices_are_shown_as_they_were_written(running: Running, services: Services) -> None:
    async with running(services, size=(140, 40)) as pilot:
        pane = await ready(pilot)
        pane.tell(YiLocalError(HOSTILE, HOSTILE))
        pane.say(HOSTILE)
        await until_seen(pilot, "[@click=app.quit]")
        assert not harm_on(pilot.app)


async def test_a_file_of_any_name_can_be_attached(
    running: Running, services: Services, tmp_path: Path
) -> None:
    """Also of one that is no text: the bytes of a name need not be UTF-8."""
    names = [f"{HOSTILE.replace('/', '')}.txt".encode(), b"\xff\x9b.txt"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("words")
    async with running(services, size=(140, 40)) as pilot:
        pane = await ready(pilot)
        await pilot.press("f6")
        line = pilot.app.screen.query_one(Input)
        line.value = f"{tmp_path}/"
        await until_seen(pilot, ".txt")
        assert not harm_on(pilot.app)
        for name in names:
            line.value = str(tmp_path / os.fsdecode(name))
            await pilot.press("enter")
            await until(pilot, lambda: not line.value)
        assert not harm_on(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is pane.screen)
        assert not harm_on(pilot.app)
        await ask(pilot, "say both")
        assert not harm_on(pilot.app)

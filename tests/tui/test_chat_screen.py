"""The chat: what is asked, answered, changed and kept, by its keys."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import Paste

from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.talking import ask, long_conversation, pane_of, ready, screen_of, shown, texts
from tests.tui.waiting import until, until_seen, until_snapshot
from yi_local import language
from yi_local.settings import Settings
from yi_local.tui.services import Services
from yi_local.tui.widgets.conversation_list import ConversationList


async def test_a_question_is_answered_and_both_are_in_the_store(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        await ask(pilot, "say 你好, world")
        assert texts(pane_of(pilot)) == ["say 你好, world", "你好, world"]
        assert pane_of(pilot).prompt.text == ""
    (conversation,) = services.store.conversations()
    nodes = services.store.path(conversation.id)
    assert [node.message.content for node in nodes] == ["say 你好, world", "你好, world"]
    assert conversation.title == "say 你好, world"


async def test_the_title_is_in_the_list_as_soon_as_there_is_one(
    running: Running, services: Services
) -> None:
    async with running(services, size=(120, 30)) as pilot:
        await ready(pilot)
        await pilot.press(*"tick", "enter")
        await until_seen(pilot, "tick tick")
        await until(pilot, lambda: "tick" in screen_text(pilot.app)[:400])
        await pilot.press("escape")
        await until_seen(pilot, "stopped")


async def test_escape_stops_an_answer_and_keeps_what_came(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        await ready(pilot)
        await pilot.press(*"tick", "enter")
        await until_seen(pilot, "tick tick")
        await pilot.press("escape")
        await until_seen(pilot, "stopped")
        kept = texts(pane_of(pilot))[1]
        assert kept.startswith("tick tick")
    (conversation,) = services.store.conversations()
    assert services.store.path(conversation.id)[1].message.content == kept


async def test_while_an_answer_runs_one_can_write_but_not_send(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = await ready(pilot)
        await pilot.press(*"tick", "enter")
        await until_seen(pilot, "tick tick")
        await pilot.press(*"more", "enter")
        assert pane.prompt.text == "more"
        await until_seen(pilot, "An answer is on")
        await pilot.press("escape")
        await until(pilot, lambda: pane.talk.running is None)
        assert len(texts(pane)) == 2


async def test_a_pasted_text_with_line_ends_is_not_sent(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = await ready(pilot)
        pilot.app.post_message(Paste("one\ntwo\n"))
        await pilot.pause()
        assert pane.prompt.text == "one\ntwo\n"
        await pilot.press("ctrl+j", *"three")
        assert pane.prompt.text == "one\ntwo\n\nthree"
        assert pane.talk.id is None


async def test_the_prompt_grows_with_its_text_up_to_ten_lines(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        prompt = pane_of(pilot).prompt
        heights = []
        for lines in (1, 5, 30):
            prompt.put("\n".join(["你好"] * lines))
            await pilot.pause()
            heights.append(prompt.size.height)
        assert heights == [3, 5, 10]


async def test_a_question_that_cannot_be_asked_stays_in_the_prompt(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with(["--load-error", "cannot_load"])
    async with running(services) as pilot:
        pane = pane_of(pilot)
        await until(pilot, lambda: pane.model is not None)
        await pilot.press(*"hello", "enter")
        await until_seen(pilot, "It will not load.")
        await until(pilot, lambda: pane.talk.running is None)
        await until(pilot, lambda: texts(pane) == ["hello"])  # stored before the model was loaded


async def test_without_a_model_the_text_stays_and_the_way_to_one_is_told(
    running: Running, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yi_local.tui.screens.chat.first_model", lambda store: None)
    async with running(services) as pilot:
        await until_seen(pilot, "No model yet")
        await pilot.press(*"hello", "enter")
        await until_seen(pilot, "Choose a model")
        assert pane_of(pilot).prompt.text == "hello"


async def test_a_dead_engine_is_told_and_the_next_question_loads_again(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = await ready(pilot)
        await pilot.press(*"half kill", "enter")
        await until_seen(pilot, "Error")
        await until_seen(pilot, "ended by an error")
        await until(pilot, lambda: texts(pane)[1:] == ["Half an ans"])
        pilot.app.clear_notifications()
        pane.prompt.put("say back again")
        await pilot.press("enter")
        await until_seen(pilot, "back again")
        await until(pilot, lambda: texts(pane)[-1] == "back again" and shown(pane))


async def test_an_edit_stands_beside_the_question_and_the_versions_can_be_switched(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = pane_of(pilot)
        await ask(pilot, "say first")
        await pilot.press("up", "up", "e")
        await until_seen(pilot, "Editing a message")
        assert pane.prompt.text == "say first"
        pane.prompt.put("say second")
        await pilot.press("enter")
        await until(pilot, lambda: texts(pane) == ["say second", "second"] and shown(pane))
        assert "Editing" not in screen_text(pilot.app)
        assert "2/2" in screen_text(pilot.app)
        await pilot.press("up", "up", "left")
        await until(pilot, lambda: texts(pane) == ["say first", "first"])
        await until(pilot, lambda: pane.transcript.turns[0].has_focus)
        await pilot.press("l")
        await until(pilot, lambda: texts(pane) == ["say second", "second"])


async def test_an_edit_that_is_given_up_brings_back_what_was_being_written(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = pane_of(pilot)
        await ask(pilot, "say first")
        await pilot.press(*"half a", "shift+tab")
        pane.transcript.turns[0].focus()
        await pilot.press("e")
        assert pane.prompt.text == "say first"
        await pilot.press("escape")
        assert pane.prompt.text == "half a"
        assert "Editing" not in screen_text(pilot.app)


async def test_retry_makes_another_version_of_the_answer(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = pane_of(pilot)
        await ask(pilot, "say again")
        first = pane.transcript.turns[1].node_id
        await pilot.press("ctrl+r")
        await until(pilot, lambda: shown(pane) and pane.transcript.turns[1].node_id != first)
        await until_seen(pilot, "2/2")


async def test_a_cut_answer_goes_on_in_its_place(running: Running, services: Services) -> None:
    async with running(services) as pilot:
        pane = pane_of(pilot)
        await ask(pilot, "cut")
        await until_seen(pilot, "cut at the length limit")
        before = texts(pane)[1]
        await pilot.press("up", "g")
        await until(pilot, lambda: shown(pane) and len(texts(pane)[1]) > len(before))
        assert texts(pane)[1].startswith(before)
        assert len(texts(pane)) == 2


async def test_a_pinned_message_says_so(running: Running, services: Services) -> None:
    async with running(services) as pilot:
        await ask(pilot, "say it")
        await pilot.press("up", "p")
        await until_seen(pilot, "pinned")
        await pilot.press("p")
        await until(pilot, lambda: "pinned" not in screen_text(pilot.app).split("F2")[-1][200:900])


async def test_code_blocks_are_copied_by_key_and_by_number(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = pane_of(pilot)
        await ask(pilot, "say ```python\nprint(1)\n```")
        await pilot.press("up", "b")
        assert pilot.app.clipboard == "print(1)"
        await pilot.press("escape")
        await ask(pilot, "say ```sh\nls\n```\n\ntext\n\n```\npwd\n```")
        await until_seen(pilot, "[2]")
        pane.transcript.focus_last()
        await pilot.press("2")
        assert pilot.app.clipboard == "pwd"
        await pilot.press("c")
        assert pilot.app.clipboard.startswith("```sh\nls")


async def test_a_terminal_without_a_clipboard_gets_a_file(
    running: Running, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "Apple_Terminal")
    async with running(services) as pilot:
        await ask(pilot, "say copied")
        await pilot.press("ctrl+l")
        await until_seen(pilot, "cannot take it")
    file = tmp_path / "home" / "cache" / "copied.txt"
    assert file.read_text() == "copied"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_what_a_model_writes_is_neither_markup_nor_a_command_to_the_terminal(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        await ask(pilot, "escape")
        await ask(pilot, "say [/red] [@click=app.quit]x[/] <b>tag</b>")
        await until_seen(pilot, "[/red] [@click=app.quit]x[/] <b>tag</b>")
        assert "\x1b" not in screen_text(pilot.app)


async def test_an_answer_goes_on_while_another_conversation_is_shown(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot:
        pane = await ready(pilot)
        await pilot.press(*"tick", "enter")
        await until_seen(pilot, "tick tick")
        first = pane.talk.id
        await pilot.press("ctrl+n")
        await ask(pilot, "say elsewhere")
        assert texts(pane) == ["say elsewhere", "elsewhere"]
        screen_of(pilot).open_conversation(first)
        await until_seen(pilot, "tick tick tick")
        await until(pilot, lambda: len(texts(pane)) == 2)
        length = len(texts(pane)[1])
        await until(pilot, lambda: len(texts(pane)[1]) > length + 20)
        await pilot.press("f3")
        await pilot.press("f2")
        await pilot.press("escape")
        await until_seen(pilot, "stopped")


async def test_a_draft_waits_in_its_conversation(running: Running, services: Services) -> None:
    async with running(services) as pilot:
        pane = pane_of(pilot)
        await ask(pilot, "say one")
        first = pane.talk.id
        await pilot.press(*"draft")
        await pilot.press("ctrl+n")
        assert pane.prompt.text == ""
        screen_of(pilot).open_conversation(first)
        await until(pilot, lambda: texts(pane) == ["say one", "one"])
        assert pane.prompt.text == "draft"


async def test_a_found_message_is_opened_where_it_stands(
    running: Running, services: Services
) -> None:
    ids = long_conversation(services.store, 60)
    async with running(services, size=(120, 30)) as pilot:
        pane = pane_of(pilot)
        await pilot.press("ctrl+f", *"Question 21,")
        await until(pilot, lambda: screen_of(pilot).conversation_list._hits is not None)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: pane.transcript.turn(ids[20]) is not None)
        turn = pane.transcript.turn(ids[20])
        assert turn is not None
        await until(pilot, lambda: turn.has_focus)
        assert pane.transcript.region.contains_region(turn.region)


async def test_the_editor_gets_the_prompt_and_gives_it_back(
    running: Running, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "editor.py"
    script.write_text("import sys; open(sys.argv[1], 'a').write(' and more')")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.setattr("textual.app.App.suspend", _suspended)
    async with running(services) as pilot:
        pane = pane_of(pilot)
        pane.prompt.put("a beginning")
        await pilot.press("f7")
        assert pane.prompt.text == "a beginning and more"
        assert not os.environ.get("VISUAL")


async def test_a_conversation_can_be_renamed_and_deleted(
    running: Running, services: Services
) -> None:
    async with running(services, size=(120, 30)) as pilot:
        pane = pane_of(pilot)
        await ask(pilot, "say one")
        await pilot.press("f9")
        await until(pilot, lambda: pilot.app.screen is not pane.screen)
        await pilot.press(*"!!", "enter")
        await until_seen(pilot, "say one!!")
        await pilot.press("f10")
        await until(pilot, lambda: pilot.app.screen is not pane.screen)
        await pilot.press("enter")
        await until(pilot, lambda: services.store.conversations() == ())
        await until(pilot, lambda: pane.talk.id is None)


async def test_the_list_takes_the_screen_of_a_narrow_terminal_and_gives_it_back(
    running: Running, services: Services
) -> None:
    async with running(services, size=(60, 20)) as pilot:
        listed = screen_of(pilot).query_one(ConversationList)
        assert not listed.display
        await pilot.press("ctrl+b")
        assert listed.display
        await pilot.press("ctrl+b")
        assert not listed.display


async def test_a_full_context_is_told_where_the_answer_stands(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with(["--context", "256"], Settings())
    async with running(services) as pilot:
        await ask(pilot, "say " + "a long first text " * 22)
        await ask(pilot, "say " + "another long text " * 22)
        await until_seen(pilot, "the model did not see")


@pytest.mark.parametrize("size", [(80, 24), (60, 20)], ids=["80x24", "60x20"])
async def test_the_chat_looks_as_in_its_snapshot(
    running: Running, services: Services, size: tuple[int, int]
) -> None:
    async with running(services, size=size) as pilot:
        await ask(pilot, "say Here is **how**:\n\n1. one\n2. two\n\n```python\nprint(1)\n```")
        await until_snapshot(pilot, f"chat-{size[0]}x{size[1]}")


async def test_the_chat_in_chinese_looks_as_in_its_snapshot(
    running: Running, services: Services
) -> None:
    language.use("zh_CN")
    async with running(services) as pilot:
        await ask(pilot, "say 你好！我是一个在这台电脑上运行的助手。\n\n- 第一\n- 第二")
        pane_of(pilot).prompt.put("再问一个问题，看看光标在哪里")
        await until_snapshot(pilot, "chat-chinese")


def _suspended(app: object) -> "_Nothing":
    return _Nothing()


class _Nothing:
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

"""The dialogs: by keyboard, at 60x20, with text that nobody trusts."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.screen import Screen
from textual.widgets import Input, TextArea

from tests.tui.host import Host, ask, type_text
from tests.tui.snapshot import screen_text
from tests.tui.waiting import until
from yi_local.assistant.models.library import open_library
from yi_local.assistant.talk.documents import MAX_BYTES, completions, read_document
from yi_local.catalogue.read import read_catalogue
from yi_local.errors import UsageError
from yi_local.hub.library.library import Library
from yi_local.settings import Preset
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment, Conversation
from yi_local.tui.chat.markdown_text import CodeBlock
from yi_local.tui.choices import ModelChoice, choices
from yi_local.tui.dialogs.attach import AttachDialog
from yi_local.tui.dialogs.code import CodeDialog
from yi_local.tui.dialogs.confirm import ConfirmDialog
from yi_local.tui.dialogs.export import ExportChoice, ExportDialog
from yi_local.tui.dialogs.help import HelpDialog
from yi_local.tui.dialogs.model import ModelDialog
from yi_local.tui.dialogs.system import SystemChoice, SystemDialog
from yi_local.tui.dialogs.text import TextDialog
from yi_local.tui.exporting import export, file_name
from yi_local.tui.keys import ACTIONS
from yi_local.tui.messages import ShowModel
from yi_local.tui.widgets.pick_list import Pick, matching

SMALL = (60, 20)
ADVISED = {"temperature": 0.6, "top_p": 0.9, "top_k": 40}
PRESETS = (
    Preset("Precise", "Be brief.", {"temperature": 0.1, "dry_multiplier": 0.8}),
    Preset("Bare", "", {}),
)


def conversation(**given: object) -> Conversation:
    fields = {"system": None, "model": None, "preset": None, **given}
    return Conversation(1, "t", False, **fields)  # type: ignore[arg-type]


def count(text: str) -> tuple[int, bool]:
    return len(text), True


MAKERS: dict[str, Callable[[], Screen[object]]] = {
    "confirm": lambda: ConfirmDialog("Delete [b]x[/y]?", "Delete"),
    "text": lambda: TextDialog("Title", "x"),
    "system": lambda: SystemDialog(conversation(), PRESETS, ADVISED),
    "export": lambda: ExportDialog("A title"),
    "attach": lambda: AttachDialog(count),
    "code": lambda: CodeDialog([CodeBlock("", "x = 1")]),
    "model": lambda: ModelDialog([ModelChoice("demo", "Demo", "here")]),
    "help": lambda: HelpDialog({}),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("size", [SMALL, (40, 15), (200, 50)])
async def test_escape_closes_and_the_box_is_whole(name: str, size: tuple[int, int]) -> None:
    host = Host()
    async with host.run_test(size=size) as pilot:
        await ask(pilot, MAKERS[name]())
        shown = screen_text(host)
        assert "╭" in shown
        assert "╰" in shown
        assert "Esc Close" in shown or size[0] < SMALL[0]
        await pilot.press("escape")
        assert host.returned in ([None], [False])


# -- yes or no, a line of text


async def test_enter_is_yes() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, ConfirmDialog("Delete [b]x[/y]?\x1b[2J", "Delete"))
        assert "Delete [b]x[/y]?[2J" in screen_text(host)
        await pilot.press("enter")
        assert host.returned == [True]


async def test_enter_on_cancel_is_no() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, ConfirmDialog("Delete it?", "Delete"))
        await pilot.press("left", "enter")
        assert host.returned == [False]


async def test_a_line_of_text_is_returned_without_blanks_around_it() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, TextDialog("Title", "Before"))
        await type_text(pilot, " x ")
        await pilot.press("enter")
        assert host.returned == ["Before x"]


# -- one of many


def test_every_word_must_match_and_the_title_counts_most() -> None:
    picks = [
        Pick("a", "Copy the answer"),
        Pick("b", "Answer", also="copy"),
        Pick("c", "Quit"),
        Pick("d", "北京大学"),
    ]
    assert [pick.id for pick in matching(picks, "")] == ["a", "b", "c", "d"]
    assert {pick.id for pick in matching(picks, "copy answer")} == {"a", "b"}
    assert [pick.id for pick in matching(picks, "COPY")] == ["a", "b"]
    assert [pick.id for pick in matching(picks, "大学")] == ["d"]
    assert [pick.id for pick in matching(picks, "cpansw")] == ["a"]
    assert matching(picks, "zz") == []


CHOICES = [
    ModelChoice("/models/a.gguf", "A model", "open"),
    ModelChoice("demo", "SmolLM2 [b]x[/y]", "here", "Q4_1", 98_000_000),
    ModelChoice("yi-1.5-6b-chat", "Yi-1.5-6B-Chat", "fetch"),
]


async def test_a_model_is_found_by_typing() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, ModelDialog(CHOICES))
        shown = screen_text(host)
        assert shown.index("Open") < shown.index("On this computer") < shown.index("To be fetched")
        assert "SmolLM2 [b]x[/y]" in shown
        assert "98 MB" in shown
        await type_text(pilot, "smol")
        await pilot.pause()
        assert "Yi-1.5" not in screen_text(host)
        await pilot.press("enter")
        assert host.returned == ["demo"]


async def test_the_arrows_choose_while_the_search_has_the_focus() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, ModelDialog(CHOICES))
        await pilot.press("down", "enter")
        assert host.returned == ["demo"]


async def test_a_model_to_be_fetched_is_shown_where_it_can_be() -> None:
    seen: list[object] = []
    host = Host()
    async with host.run_test(size=SMALL, message_hook=seen.append) as pilot:
        await ask(pilot, ModelDialog(CHOICES))
        await type_text(pilot, "yi")
        await pilot.press("enter")
        assert host.returned == [None]
        await until(pilot, lambda: any(isinstance(each, ShowModel) for each in seen))


async def test_nothing_that_matches_is_said_and_enter_does_nothing() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, ModelDialog(CHOICES))
        await type_text(pilot, "zzz")
        await pilot.pause()
        assert "Nothing matches." in screen_text(host)
        await pilot.press("enter")
        assert host.returned == []


async def test_a_block_of_code_is_returned_whole() -> None:
    blocks = [CodeBlock("python", "def f():\n    return 1"), CodeBlock("", "ls [b]x[/y]")]
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, CodeDialog(blocks))
        assert "2 lines" in screen_text(host)
        await pilot.press("down", "enter")
        assert host.returned == ["ls [b]x[/y]"]


# -- the keys


async def test_the_help_names_every_action_with_the_keys_in_use() -> None:
    host = Host()
    async with host.run_test(size=(76, 120)) as pilot:
        await ask(pilot, HelpDialog({"chat.retry": "f12"}))
        dialog = host.screen
        assert isinstance(dialog, HelpDialog)
        text = dialog._text().plain
        for action in ACTIONS:
            assert action.description in text
        assert "  F12" in text


async def test_the_help_scrolls() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, HelpDialog({}))
        assert "Everywhere" in screen_text(host)
        await pilot.press("end")
        await pilot.pause()
        assert "Everywhere" not in screen_text(host)


# -- system prompt and sampling


async def test_what_is_typed_is_returned_and_nothing_else() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, SystemDialog(conversation(), (), ADVISED))
        await type_text(pilot, "Be kind.")
        await pilot.press("enter")
        await type_text(pilot, "Always.")
        host.screen.query_one("#temperature", Input).value = "0.2"
        host.screen.query_one("#seed", Input).value = "7"
        await pilot.press("ctrl+s")
        choice = SystemChoice("Be kind.\nAlways.", {"temperature": 0.2, "seed": 7}, None)
        assert host.returned == [choice]


async def test_an_empty_system_prompt_is_the_models_own_unless_there_shall_be_none() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, SystemDialog(conversation(), (), ADVISED))
        await pilot.press("ctrl+s")
        await ask(pilot, SystemDialog(conversation(), (), ADVISED))
        await pilot.press("tab", "enter", "ctrl+s")
        await ask(pilot, SystemDialog(conversation(system=""), (), ADVISED))
        assert "[x] No system prompt" in screen_text(host)
        await pilot.press("ctrl+s")
        assert [choice.system for choice in host.returned] == [None, "", ""]  # type: ignore[attr-defined]


async def test_the_advice_is_seen_in_the_empty_fields() -> None:
    host = Host()
    async with host.run_test(size=(80, 30)) as pilot:
        await ask(pilot, SystemDialog(conversation(), (), ADVISED, "You are [b]Yi[/x]."))
        shown = screen_text(host)
        assert "advised: 0.6" in shown
        assert "You are [b]Yi[/x]." in shown


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("temperature", "warm", 'Temperature is a number, not "warm".'),
        ("temperature", "-1", "Temperature cannot be -1."),
        ("top_k", "1.5", 'Top k is a whole number, not "1.5".'),
    ],
)
async def test_what_cannot_be_is_refused_in_words(field: str, typed: str, problem: str) -> None:
    host = Host()
    async with host.run_test(size=(80, 30)) as pilot:
        await ask(pilot, SystemDialog(conversation(), (), ADVISED))
        host.screen.query_one(f"#{field}", Input).value = typed
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert problem in screen_text(host)
        assert host.returned == []
        focused = host.screen.focused
        assert focused is not None
        assert focused.id == field


async def test_a_preset_fills_the_fields_and_brings_what_has_none() -> None:
    host = Host()
    async with host.run_test(size=(80, 30)) as pilot:
        await ask(pilot, SystemDialog(conversation(), PRESETS, ADVISED))
        await pilot.press("shift+tab", "enter", "down", "enter")
        await until(pilot, lambda: host.screen.query_one(TextArea).text == "Be brief.")
        await pilot.press("ctrl+s")
        sampling = {"temperature": 0.1, "dry_multiplier": 0.8}
        assert host.returned == [SystemChoice("Be brief.", sampling, "Precise")]


async def test_what_has_no_field_stays_as_it_was() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        given = conversation(sampling={"stop": ("x",), "top_k": 5})
        await ask(pilot, SystemDialog(given, (), ADVISED))
        host.screen.query_one("#top_k", Input).value = ""
        await pilot.press("ctrl+s")
        assert host.returned == [SystemChoice(None, {"stop": ("x",)}, None)]


# -- export


def test_a_title_becomes_a_name_that_every_system_takes() -> None:
    assert file_name('Why: "sky" / <blue>?', "markdown") == "Why sky blue.md"
    assert file_name("..", "json") == "conversation.json"
    assert file_name("北京大学", "json") == "北京大学.json"
    assert len(file_name("x" * 300, "markdown")) == 63


async def test_the_end_of_the_name_and_the_format_go_together(tmp_path: Path) -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, ExportDialog("A title", tmp_path))
        await pilot.press("tab", "down", "space")
        await pilot.pause()
        assert host.screen.query_one(Input).value == str(tmp_path / "A title.json")
        host.screen.query_one(Input).value = str(tmp_path / "b.md")
        await pilot.pause()
        assert "(*) Markdown" in screen_text(host)
        await pilot.press("enter")
        assert host.returned == [ExportChoice(tmp_path / "b.md", "markdown")]


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "A title.md").write_text("mine")
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, ExportDialog("A title", tmp_path))
        await pilot.press("enter")
        await pilot.pause()
        assert "nothing is overwritten" in " ".join(screen_text(host).split())
        assert host.returned == []


def test_an_export_says_all_and_never_takes_a_files_place(tmp_path: Path) -> None:
    with Store(tmp_path / "c.db") as store:
        made = store.create(title="Sky")
        store.ask(made.id, None, "Why is it blue?")
        export(store, made.id, tmp_path / "a.md", "markdown")
        export(store, made.id, tmp_path / "a.json", "json")
        assert "Why is it blue?" in (tmp_path / "a.md").read_text()
        assert json.loads((tmp_path / "a.json").read_text())["conversations"]
        with pytest.raises(UsageError, match="nothing is overwritten"):
            export(store, made.id, tmp_path / "a.md", "markdown")


# -- attachments


def test_texts_are_read_as_they_are_encoded(tmp_path: Path) -> None:
    for name, data in {
        "plain": "你好".encode(),
        "marked": "你好".encode("utf-8-sig"),
        "windows": "你好，世界".encode("gb18030"),
        "wide": "你好".encode("utf-16"),
    }.items():
        (tmp_path / name).write_bytes(data)
        assert read_document(str(tmp_path / name)).text.startswith("你好")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("picture", "is not a text file"),
        ("garbage", "is not a text file"),
        ("folder", "is a folder"),
        ("missing", "cannot be read: No such file or directory"),
        ("huge", "is too large: 4.0 MB"),
        ("nu\0ll", "cannot be read: no such file"),
    ],
)
def test_what_is_no_text_is_refused_in_words(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "garbage").write_bytes(b"\xff\xff\x80\x80")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UsageError, match=reason):
        read_document(f"{tmp_path}/{name}")


def test_names_are_completed_and_hidden_ones_only_when_asked_for(tmp_path: Path) -> None:
    for name in ("Alpha.txt", "alps.md", ".secret", "beta"):
        (tmp_path / name).write_text("x")
    (tmp_path / "also").mkdir()
    assert completions(f"{tmp_path}/al") == [
        f"{tmp_path}/{name}" for name in ("Alpha.txt", "alps.md", "also/")
    ]
    assert completions(f"{tmp_path}/.") == [f"{tmp_path}/.secret"]
    assert completions(f"{tmp_path}/missing/x") == []


async def test_files_are_attached_with_what_they_cost(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("12345")
    (tmp_path / "two.txt").write_text("1234567")
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, AttachDialog(count))
        for name in ("one.txt", "two.txt"):
            host.screen.query_one(Input).value = str(tmp_path / name)
            await pilot.press("enter")
            await until(pilot, lambda: not host.screen.query_one(Input).value)
        shown = screen_text(host)
        assert "one.txt: 5 B, about 5 tokens" in shown
        assert "12 tokens together" in shown
        await pilot.press("enter")
        assert host.returned == [(Attachment("one.txt", "12345"), Attachment("two.txt", "1234567"))]


async def test_tab_completes_a_path(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, AttachDialog(count))
        host.screen.query_one(Input).value = f"{tmp_path}/no"
        await until(pilot, lambda: "notes.txt" in screen_text(host))
        await pilot.press("tab")
        assert host.screen.query_one(Input).value == f"{tmp_path}/notes.txt"


async def test_a_refused_file_is_told_and_the_path_stays(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\0\0")
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, AttachDialog(count))
        host.screen.query_one(Input).value = str(tmp_path / "picture")
        await pilot.press("enter")
        await until(
            pilot, lambda: "Only text can be attached" in " ".join(screen_text(host).split())
        )
        assert host.screen.query_one(Input).value == str(tmp_path / "picture")


async def test_what_was_attached_before_can_be_taken_away() -> None:
    host = Host()
    async with host.run_test(size=SMALL) as pilot:
        await ask(pilot, AttachDialog(count, [Attachment("a", "1"), Attachment("b", "2")]))
        await until(pilot, lambda: "2 tokens together" in screen_text(host))
        await pilot.press("ctrl+z", "enter")
        assert host.returned == [(Attachment("a", "1"),)]


def test_each_model_is_offered_once() -> None:
    catalogue = read_catalogue()
    found = choices((), Library((), ()), catalogue)
    assert {choice.state for choice in found} == {"fetch"}
    assert len({choice.name for choice in found}) == len(found)
    with_demo = choices((), open_library(), catalogue)
    assert len({choice.name for choice in with_demo}) == len(with_demo)

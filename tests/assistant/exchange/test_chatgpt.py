"""yi_local.assistant.exchange.chatgpt: what was seen comes in, with branches and path."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.assistant.exchange.chatgpt_export import conversation, node, pictures_and_code, weather
from yi_local.assistant.exchange.chatgpt import from_export
from yi_local.assistant.exchange.importing import bring_in
from yi_local.assistant.exchange.reading import read_conversations
from yi_local.assistant.exchange.whole import path_of
from yi_local.errors import UsageError
from yi_local.store.conversations import Store


def test_branches_and_the_chosen_path_are_kept() -> None:
    [whole] = from_export([weather()]).wholes
    texts = {each.id: each.message.content for each in whole.nodes}
    tree = [(texts.get(each.parent_id or 0), each.message.content) for each in whole.nodes]
    assert tree == [
        (None, "上海今天天气怎么样？"),
        ("上海今天天气怎么样？", "晴，二十度。"),
        ("晴，二十度。", "And tomorrow?"),
        ("And tomorrow?", "Rain."),
        ("晴，二十度。", "那明天呢？"),
        ("那明天呢？", "明天有雨。"),
        ("上海今天天气怎么样？", "我不知道。"),
    ]
    path = [each.message.content for each in path_of(whole)]
    assert path == ["上海今天天气怎么样？", "晴，二十度。", "那明天呢？", "明天有雨。"]


def test_titles_times_and_who_spoke_are_kept() -> None:
    [whole] = from_export([weather()]).wholes
    assert whole.conversation.title == "上海的天气"
    assert whole.conversation.created_s == 1700000000.25
    assert whole.conversation.updated_s == 1700000060.0
    assert whole.conversation.model is None
    assert [each.created_s for each in whole.nodes][:2] == [1700000001.0, 1700000010.0]
    assert [each.model for each in path_of(whole)] == [None, "gpt-4o", None, "gpt-4o"]
    assert [each.finish_reason for each in path_of(whole)] == [None, "stop", None, "length"]


def test_pictures_become_a_word_and_code_a_block_that_holds_its_fences() -> None:
    read = from_export([pictures_and_code()])
    question, answer = read.wholes[0].nodes
    assert question.message.content == "[image]\nWhat is this?"
    assert answer.message.content == "````python\nprint('```')\n````\n\nA fox 🦊."
    assert answer.finish_reason == "cancelled"
    assert read.wholes[0].n_left_out == 1
    assert question.created_s == read.wholes[0].conversation.created_s  # no time of its own


def test_the_path_ends_above_a_current_node_that_nobody_saw() -> None:
    item = weather()
    item["current_node"] = "think"
    [whole] = from_export([item]).wholes
    assert [each.message.content for each in path_of(whole)][:3] == [
        "上海今天天气怎么样？",
        "晴，二十度。",
        "那明天呢？",
    ]


def test_empty_conversations_are_counted_and_broken_ones_told() -> None:
    empty = conversation("Empty", "root", node("root", None))
    read = from_export([{"title": "Odd", "mapping": 5}, weather(), empty, 7])
    assert [each.title for each in read.broken] == ["Odd", ""]
    assert (len(read.wholes), read.n_empty) == (1, 1)


def test_rings_and_strangers_do_no_harm() -> None:
    item = conversation(
        "Odd",
        "nowhere",
        node("q", "gone", ["a", "missing"], "user", "Hi"),
        node("a", "q", [], "assistant", "Hello"),
        node("x", "y", ["y"], "user", "ring"),
        node("y", "x", ["x"], "user", "ring"),
    )
    [whole] = from_export([item]).wholes
    assert [each.message.content for each in path_of(whole)] == ["Hi", "Hello"]


def test_a_very_long_conversation_needs_no_deep_stack() -> None:
    nodes = [node("n0", None, ["n1"], "user", "0")]
    for n in range(1, 3000):
        nodes.append(node(f"n{n}", f"n{n - 1}", [f"n{n + 1}"], "user", str(n)))
    [whole] = from_export([conversation("Long", "n2999", *nodes)]).wholes
    assert len(path_of(whole)) == 3000


def test_the_zip_is_read_as_its_file_is(tmp_path: Path) -> None:
    plain, packed = tmp_path / "conversations.json", tmp_path / "export.zip"
    plain.write_text(json.dumps([weather(), pictures_and_code()]), encoding="utf-8")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user.json", "{}")
        archive.writestr("export/conversations-000.json", json.dumps([weather()]))
        archive.writestr("export/conversations-001.json", json.dumps([pictures_and_code()]))
        archive.writestr("chat.html", "<html>")
    assert read_conversations(packed) == read_conversations(plain)


def test_an_import_that_is_repeated_brings_nothing_and_the_path_is_the_stores(
    tmp_path: Path,
) -> None:
    read = from_export([weather(), pictures_and_code()])
    with Store.in_memory() as store:
        imported = bring_in(store, read)
        assert [each.n_messages for each in imported.conversations] == [7, 2]
        path = store.path(imported.conversations[0].id)
        assert [each.message.content for each in path][-1] == "明天有雨。"
        assert bring_in(store, read).n_known == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"hello", "no export of conversations"),
        (b"\xff\xfe\x00", "no export of conversations"),
        (b'{"a": 1}', "no export of conversations"),
        (b'[{"uuid": "of another program"}]', "no export of conversations"),
        (b"[" * 100_000, "no export of conversations"),
        (b"PK\x03\x04 cut short", "cannot be unpacked"),
    ],
)
def test_other_files_are_refused_in_words(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=told) as refused:
        read_conversations(file)
    assert "conversations.json" in str(refused.value.hint)


def test_a_zip_without_conversations_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "no")
    with pytest.raises(UsageError, match=r"holds no conversations\.json"):
        read_conversations(tmp_path / "other.zip")
    with pytest.raises(UsageError, match="cannot be read"):
        read_conversations(tmp_path / "nothing.json")

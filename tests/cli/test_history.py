"""`yi history` and `yi replay`, from the outside."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.assistant.exchange.chatgpt_export import pictures_and_code, weather
from yi_local.store.conversations import Store

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def export(tmp_path: Path) -> str:
    """ChatGPT's: conversation 1 about the weather, with branches; 2 about a picture."""
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([weather(), pictures_and_code()]), encoding="utf-8")
    return str(file)


@pytest.fixture
def kept(yi: Yi, export: str) -> None:
    assert yi("history", "import", export).returncode == 0


def test_an_empty_history_says_how_to_begin(yi: Yi) -> None:
    done = yi("history")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"yi chat demo" in done.stderr
    assert json.loads(yi("history", "list", "--json").stdout) == {"conversations": []}
    assert yi("history", "export", "--all").returncode == 0


@pytest.mark.usefixtures("kept")
def test_the_list_is_newest_first_in_columns_of_any_script(yi: Yi) -> None:
    head, first, second = yi("history").stdout.decode().splitlines()
    assert head.split() == ["id", "when", "title", "model", "messages"]
    assert first.split()[0::3] == ["1", "上海的天气"]
    assert second.split()[0::3] == ["2", "Picture"]
    assert first.index("7") + len("上海的天气") == second.rindex("2") == len(head) - 1
    one = yi("history", "list", "-n", "1")
    assert len(one.stdout.splitlines()) == 2
    assert b"There are more" in one.stderr
    listed = json.loads(yi("history", "--json").stdout)["conversations"]
    assert [(each["id"], each["n_messages"]) for each in listed] == [(1, 7), (2, 2)]


@pytest.mark.usefixtures("kept")
def test_a_search_finds_one_hanzi_and_marks_it(yi: Yi) -> None:
    done = yi("history", "search", "雨")
    assert "  m6 Assistant: 明天有>>雨<<。\n" in done.stdout.decode()
    [hit] = json.loads(yi("history", "search", "fox", "--json").stdout)["hits"]
    assert (hit["conversation_id"], hit["role"], hit["found"]) == (2, "assistant", "fox")
    assert json.loads(yi("history", "search", "fox", "--in", "1", "--json").stdout) == {"hits": []}
    nothing = yi("history", "search", "zebra")
    assert (nothing.returncode, nothing.stdout) == (0, b"")
    assert b'Nobody has said "zebra" here.' in nothing.stderr
    assert yi("history", "search", "fox", "--in", "9").returncode == 2


@pytest.mark.usefixtures("kept")
def test_show_is_the_path_as_markdown_and_all_the_tree(yi: Yi) -> None:
    shown = yi("history", "show", "1").stdout.decode()
    assert shown.startswith("# 上海的天气\n\n- Date: ")
    assert shown.endswith("## You\n\n那明天呢？\n\n## Assistant (gpt-4o)\n\n明天有雨。\n")
    assert "And tomorrow?" not in shown
    assert yi("history", "show", "m4").stdout.decode().endswith("\n\nRain.\n")
    assert yi("history", "show", "1", "--all").stdout.decode().splitlines()[2:-2] == [
        "> m1 You: 上海今天天气怎么样？",
        ">   m2 Assistant (gpt-4o): 晴，二十度。",
        "      m3 You: And tomorrow?",
        "      m4 Assistant (gpt-4o): Rain.",
        ">     m5 You: 那明天呢？",
        ">     m6 Assistant (gpt-4o): 明天有雨。",
        "    m7 Assistant (gpt-4o): 我不知道。",
    ]


@pytest.mark.usefixtures("kept")
def test_show_in_json_has_the_numbers_of_the_messages(yi: Yi) -> None:
    path = json.loads(yi("history", "show", "1", "--json").stdout)["messages"]
    assert [(each["id"], each["chosen"]) for each in path] == [(n, True) for n in (1, 2, 5, 6)]
    tree = json.loads(yi("history", "show", "1", "--all", "--json").stdout)["messages"]
    assert [each["id"] for each in tree if not each["chosen"]] == [3, 7]


@pytest.mark.usefixtures("kept")
def test_an_export_in_json_goes_home_again(yi: Yi, tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    done = yi("history", "export", "--all", "-o", str(file))
    assert done.stderr.decode() == f"2 conversations are in {file}.\n"
    again = yi("history", "import", str(file))
    assert again.stderr == b"No conversation came in.\n2 were here already.\n"
    assert yi("history", "rm", "1", "2", "--yes").returncode == 0
    told = json.loads(yi("history", "import", str(file), "--json").stdout)
    assert [each["title"] for each in told["imported"]] == ["Picture", "上海的天气"]
    assert "明天有雨。" in yi("history", "show", str(told["imported"][1]["id"])).stdout.decode()


@pytest.mark.usefixtures("kept")
def test_an_export_replaces_a_file_only_if_forced(yi: Yi, tmp_path: Path) -> None:
    file = tmp_path / "talk.md"
    file.write_text("mine")
    done = yi("history", "export", "1", "-o", str(file))
    assert (done.returncode, file.read_text()) == (2, "mine")
    assert b"--force" in done.stderr
    assert yi("history", "export", "1", "-o", str(file), "--force").returncode == 0
    assert file.read_text(encoding="utf-8") == yi("history", "show", "1").stdout.decode()
    assert yi("history", "export").returncode == 2
    assert yi("history", "export", "1", "--all").returncode == 2
    assert yi("history", "export", "9").returncode == 2
    both = yi("history", "export", "1", "2").stdout.decode()
    assert both.count("\n---\n\n# ") == 1


def test_an_import_tells_what_came_what_was_here_and_what_is_broken(yi: Yi, tmp_path: Path) -> None:
    file = tmp_path / "any name"
    some = [weather(), pictures_and_code(), {"title": "\x1b[31mbad", "mapping": 3}]
    file.write_text(json.dumps(some), encoding="utf-8")
    done = yi("history", "import", str(file))
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "2 conversations came in, with 9 messages.",
        "1 picture or sound is only a word in its place.",
        "left out: [31mbad: it is not built as a conversation of ChatGPT",
        "error: 1 conversation in the file is broken.",
        "hint: The others are in.",
    ]
    again = json.loads(yi("history", "import", str(file), "--json").stdout)
    assert (again["imported"], again["known"], again["left_out"]) == ([], 2, 0)
    file.write_text("hello")
    other = yi("history", "import", str(file))
    assert other.returncode == 2
    assert b"Expected: JSON that yi history export has written" in other.stderr


@pytest.mark.usefixtures("kept")
def test_a_script_removes_only_with_yes(yi: Yi) -> None:
    done = yi("history", "rm", "1")
    assert (done.returncode, done.stdout) == (2, b"")
    assert "remove 1  上海的天气, 7 messages".encode() in done.stderr
    assert b"Add --yes" in done.stderr
    plan = yi("history", "rm", "1", "--json")
    assert (plan.returncode, json.loads(plan.stdout)["removed"]) == (2, False)
    assert yi("history", "rm", "1", "9", "--yes").returncode == 2  # nothing, if one is wrong
    assert len(yi("history").stdout.splitlines()) == 3
    done = yi("history", "rm", "1", "--json", "--yes")
    assert json.loads(done.stdout)["removed"] is True
    assert [line.split()[0] for line in yi("history").stdout.splitlines()] == [b"id", b"2"]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("answer", "left"), [("是", 1), ("YES", 1), ("", 2), ("n", 2)])
def test_by_hand_it_asks_and_yes_is_yes_in_chinese_too(
    yi: Yi, terminal: Callable[..., Any], answer: str, left: int
) -> None:
    pytest.importorskip("pty")
    screen = terminal("history", "rm", "2")
    screen.expect("remove 2  Picture, 2 messages")
    screen.expect("Remove? [y/N] ")
    screen.type(f"{answer}\n")
    assert screen.end() == (0 if left == 1 else 130)
    assert len(yi("history").stdout.splitlines()) == 1 + left


@pytest.mark.parametrize(
    "argv",
    [
        ("history", "nonsense"),
        ("history", "show", "x"),
        ("history", "show", "9"),
        ("history", "show", "m9"),
        ("replay", "9"),
        ("replay", "m9"),
        ("replay", "x"),
    ],
)
def test_what_is_not_there_is_exit_code_2_in_words(yi: Yi, argv: tuple[str, ...]) -> None:
    done = yi(*argv)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: ")


def test_the_same_answer_comes_again_and_another_one_is_shown(
    yi: Yi, model: str, tmp_path: Path
) -> None:
    yi("chat", model, input="say 你好\n".encode())
    same = yi("replay", "1", "--exit-code")
    assert (same.returncode, same.stdout) == (0, b"")
    assert b"The same text came." in same.stderr
    _rewrite(tmp_path, 2, "你坏")
    other = yi("replay", "m2")
    assert other.returncode == 0
    assert "{+" in other.stdout.decode()
    assert b"Another text came." in other.stderr
    assert yi("replay", "m2", "--exit-code").returncode == 1
    told = json.loads(yi("replay", "1", "--json").stdout)
    assert (told["same"], told["before"], told["after"]) == (False, "你坏", "你好")


def test_an_answer_that_was_stopped_comes_again_as_far_as_it_came(
    yi: Yi, model: str, tmp_path: Path
) -> None:
    yi("chat", model, input=b"say the red house")
    with Store(tmp_path / "home" / "data" / "conversations.db") as store:
        store.finish(2, "the red", "cancelled", store.node(2).receipt)
    again = yi("replay", "1", "--exit-code")
    assert (again.returncode, again.stdout) == (0, b"")
    assert b"The same text came." in again.stderr
    told = json.loads(yi("replay", "1", "--model", model, "--json").stdout)
    assert (told["before"], told["after"]) == ("the red", "the red house")


def test_another_model_can_be_asked_the_same(yi: Yi, model: str, tmp_path: Path) -> None:
    yi("chat", model, input=b"say hello")
    other = tmp_path / "other.gguf"
    other.write_bytes(Path(model).read_bytes() + b"\0" * 64)
    told = json.loads(yi("replay", "1", "--model", str(other), "--json").stdout)
    assert told["same"] is True
    assert told["unlike"] == ["The model's file is another one, or was changed since."]
    gone = yi("replay", "1", "--model", str(tmp_path / "nothing.gguf"))
    assert gone.returncode == 3


def _rewrite(tmp_path: Path, node_id: int, text: str) -> None:
    with Store(tmp_path / "home" / "data" / "conversations.db") as store:
        store.write(node_id, text)


@pytest.mark.usefixtures("kept")
def test_an_answer_without_a_receipt_cannot_be_made_again(yi: Yi) -> None:
    done = yi("replay", "1")
    assert done.returncode == 2
    assert b"has no receipt" in done.stderr

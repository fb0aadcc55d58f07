"""`yi chat` in pipes: every line is a turn."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.told import after_plan

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


def lines(*turns: str) -> bytes:
    return "".join(turn + "\n" for turn in turns).encode()


def test_every_line_is_a_turn_and_stdout_has_only_the_answers(yi: Yi, model: str) -> None:
    done = yi("chat", model, input=lines("one", "", "  ", "say 你好"))
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "one\n你好\n", b"")


def test_the_last_line_needs_no_end_and_windows_ends_are_ends(yi: Yi, model: str) -> None:
    assert yi("chat", model, input="\ufeffone\r\ntwo".encode()).stdout == b"one\ntwo\n"


def test_lines_may_be_gb18030(yi: Yi, model: str) -> None:
    done = yi("chat", model, input="你好\n再见\n".encode("gb18030"))
    assert done.stdout.decode() == "你好\n再见\n"


def test_a_closed_stdin_is_an_empty_chat(
    command: Callable[..., list[str]], environ: dict[str, str], model: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command("chat", model)],
        env=environ,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, after_plan(done.stderr)) == (0, b"", b"")


def test_the_whole_conversation_is_sent(yi: Yi, model: str) -> None:
    done = yi("chat", model, "--system", "Be brief.", input=lines("one", "messages"))
    sent = json.loads(done.stdout.splitlines()[1])
    assert [item["content"] for item in sent] == ["Be brief.", "one", "one", "messages"]


def test_a_backslash_at_the_end_goes_on_in_the_next_line(yi: Yi, model: str) -> None:
    done = yi("chat", model, input=lines("one\\", "two\\", "three", "four\\"))
    assert done.stdout == b"one\ntwo\nthree\nfour\n"


def test_two_slashes_are_one_slash_of_text(yi: Yi, model: str) -> None:
    assert yi("chat", model, input=lines("//quit is a word")).stdout == b"/quit is a word\n"


@pytest.mark.parametrize("line", ["/help", "/frobnicate", "/"])
def test_help_and_unknown_commands_list_the_commands(yi: Yi, model: str, line: str) -> None:
    done = yi("chat", model, input=lines(line, "on"))
    assert done.stdout == b"on\n"
    for name in (b"/system", b"/retry", b"/save", b"/quit", b"/help"):
        assert name in done.stderr


def test_quit_leaves(yi: Yi, model: str) -> None:
    assert yi("chat", model, input=lines("one", "/quit", "two")).stdout == b"one\n"


def test_system_changes_the_system_prompt(yi: Yi, model: str) -> None:
    done = yi("chat", model, input=lines("/system 简短。", "messages", "/system", "messages"))
    first, second = map(json.loads, done.stdout.splitlines())
    assert first[0] == {"role": "system", "content": "简短。"}
    assert second[0]["role"] == "user"


def test_retry_asks_the_last_question_again(yi: Yi, model: str) -> None:
    done = yi("chat", model, input=lines("one", "messages", "/retry"))
    _, first, second = done.stdout.splitlines()
    assert first == second


def test_retry_before_any_question_is_told_and_the_chat_goes_on(yi: Yi, model: str) -> None:
    done = yi("chat", model, input=lines("/retry", "one"))
    assert done.stdout == b"one\n"
    assert b"nothing to retry" in done.stderr


def test_save_writes_markdown_and_never_overwrites(yi: Yi, model: str, tmp_path: Path) -> None:
    path = tmp_path / "聊天 1.md"
    done = yi("chat", model, input=lines("say 你好", f"/save {path}", "two", f"/save {path}"))
    assert path.read_text(encoding="utf-8") == (
        "# Chat with Fake\n\n## You\n\nsay 你好\n\n## Assistant\n\n你好\n"
    )
    assert f"Saved as {path}." in done.stderr.decode()
    assert f"error: {path} exists already." in done.stderr.decode()


@pytest.mark.parametrize("name", ["", "/no/such/folder/chat.md"])
def test_a_save_that_cannot_be_is_told(yi: Yi, model: str, name: str) -> None:
    done = yi("chat", model, input=lines(f"/save {name}", "on"))
    assert done.stdout == b"on\n"
    assert done.stderr.startswith(b"error: ")


@pytest.mark.parametrize("death", ["kill", "abort", "exit", "garbage"])
def test_a_dead_engine_is_told_and_the_chat_goes_on(yi: Yi, model: str, death: str) -> None:
    done = yi("chat", model, input=lines("one", f"half {death}", "messages"))
    first, second, third = done.stdout.splitlines()
    assert (first, second) == (b"one", b"Half an ans")
    assert [item["content"] for item in json.loads(third)] == [
        "one",
        "one",
        f"half {death}",
        "Half an ans",
        "messages",
    ]
    said = done.stderr.decode()
    assert said.startswith("error: The engine process has ended: ")
    assert said.endswith("The chat goes on: the next message loads the model again.\n")
    assert done.returncode == 1


def test_a_prompt_that_is_too_long_is_told_and_the_chat_goes_on(yi: Yi, model: str) -> None:
    done = yi("chat", model, input=lines("too long", "one"))
    assert (done.returncode, done.stdout) == (5, b"one\n")


def test_a_cut_answer_is_never_silent(yi: Yi, model: str) -> None:
    done = yi("chat", model, "-n", "2", input=lines("cut"))
    assert (done.stdout, done.stderr) == (
        b"word word \n",
        b"note: cut after 2 tokens, as --max-tokens asks\n",
    )


def test_ctrl_c_ends_a_chat_that_nobody_types(started: Callable[..., Any], model: str) -> None:
    process = started("chat", model, input=lines("tick", "never asked"))
    assert process.stdout.read(5) == b"tick "
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=30)
    assert (process.returncode, after_plan(said)) == (130, b"Stopped.\n")
    assert b"never asked" not in rest


def test_a_model_that_cannot_be_loaded_is_exit_code_4(yi: Yi, model: str) -> None:
    done = yi("chat", model, input=lines("one"), worker=["--load-error", "cannot_load"])
    assert (done.returncode, done.stdout) == (4, b"")

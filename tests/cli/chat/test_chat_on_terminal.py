"""`yi chat` on a pseudo-terminal, typed into by hand."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pty")

Start = Callable[..., Any]


def test_a_chat_by_hand(terminal: Start, model: str) -> None:
    screen = terminal("chat", model)
    screen.expect("You are chatting with Fake, which remembers 4,096 tokens.\r\n")
    screen.expect("/help lists the commands, /quit leaves.\r\n> ")
    screen.type("say 你好\n")
    assert screen.expect("> ").endswith("say 你好\r\n你好\r\n> ")
    screen.type("one\\\n")
    screen.expect(". ")
    screen.type("two\n")
    assert screen.expect("> ").endswith("two\r\none\r\ntwo\r\n> ")
    screen.type("\x04")
    assert screen.end() == 0
    assert screen.seen.endswith("> \r\n")


def test_nothing_moves_the_cursor_on_a_plain_terminal(terminal: Start, model: str) -> None:
    screen = terminal("chat", model, env={"TERM": "dumb"}, worker=["--diagnosis"])
    screen.expect("> ")
    screen.type("escape\n")
    screen.expect("end\r\n> ")
    screen.type("/quit\n")
    assert screen.end() == 0
    assert "\x1b" not in screen.seen
    assert "\r" not in screen.seen.replace("\r\n", "")


def test_ctrl_c_stops_an_answer_and_the_chat_goes_on(
    terminal: Start, model: str, tmp_path: Path
) -> None:
    screen = terminal("chat", model)
    screen.expect("> ")
    screen.type("tick\n")
    screen.expect("tick tick")
    screen.type("\x03")
    screen.expect("Stopped.\r\n> ")
    screen.type(f"/save {tmp_path / 'chat.md'}\n")
    screen.expect("Saved")
    screen.expect("> ")
    screen.type("/quit\n")
    assert screen.end() == 0
    assert "## Assistant\n\ntick tick" in (tmp_path / "chat.md").read_text()


def test_a_second_ctrl_c_leaves_an_answer_whose_engine_does_not_listen(
    terminal: Start, model: str
) -> None:
    screen = terminal("chat", model)
    screen.expect("> ")
    screen.type("deaf\n")
    screen.expect("Half. ")
    screen.type("\x03")
    screen.expect("deaf. ")
    screen.type("\x03")
    screen.expect("\r\n> ")
    screen.type("\x04")
    assert screen.end() == 0


def test_ctrl_c_at_the_prompt_leaves(terminal: Start, model: str) -> None:
    screen = terminal("chat", model)
    screen.expect("> ")
    screen.type("\x03")
    assert screen.end() == 0


def test_a_model_that_is_gone_when_it_is_loaded_again_is_told(terminal: Start, model: str) -> None:
    screen = terminal("chat", model)
    screen.expect("> ")
    screen.type("half kill\n")
    screen.expect("> ")
    Path(model).unlink()
    screen.type("on\n")
    screen.expect("There is no file")
    screen.expect("> ")
    screen.type("\x04")
    assert screen.end() == 0


def test_a_dead_engine_is_told_on_a_line_of_its_own(terminal: Start, model: str) -> None:
    screen = terminal("chat", model)
    screen.expect("> ")
    screen.type("half kill\n")
    screen.expect("Half an ans\r\nerror: The engine process has ended: killed by SIGKILL")
    screen.expect("> ")
    screen.type("still here\n")
    screen.expect("still here\r\n")
    screen.expect("still here\r\n> ")
    screen.type("\x04")
    assert screen.end() == 0


def test_the_prompt_marks_are_not_in_a_pipe(terminal: Start, model: str) -> None:
    screen = terminal("chat", model, stdout=subprocess.PIPE)
    screen.expect("> ")
    screen.type("one\n")
    screen.expect("> ")
    screen.type("\x04")
    assert screen.end() == 0
    assert screen.process.stdout.read() == b"one\n"

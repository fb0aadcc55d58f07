"""`yi run` on a pseudo-terminal."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.told import after_plan

pytest.importorskip("pty")

Start = Callable[..., Any]


def test_escape_sequences_from_a_model_do_not_reach_a_terminal(terminal: Start, model: str) -> None:
    screen = terminal("run", model, "escape", stderr=subprocess.DEVNULL)
    assert screen.end() == 0
    assert screen.seen == "]52;c;aGVsbG8=[31mred0m abc end\r\n"


def test_json_is_cleaned_on_a_terminal_too(terminal: Start, model: str) -> None:
    screen = terminal("run", model, "--json", "escape")
    assert screen.end() == 0
    assert not {"\x1b", "\x9b", "\u202e"} & set(screen.seen)


def test_a_prompt_is_not_read_from_a_terminal(terminal: Start, model: str) -> None:
    screen = terminal("run", model)
    assert screen.end() == 2
    assert "There is no prompt." in screen.seen


def test_ctrl_c_stops_the_answer_and_ends_its_line(terminal: Start, model: str) -> None:
    screen = terminal("run", model, "tick")
    screen.expect("tick tick")
    screen.type("\x03")
    assert screen.end() == 130
    assert screen.seen.endswith("\r\n")
    assert "error" not in screen.seen


def test_ctrl_c_keeps_what_came_in_json_too(terminal: Start, model: str) -> None:
    screen = terminal("run", model, "--json", "tick", stdout=subprocess.PIPE)
    screen.expect("Reading the prompt")
    screen.type("\x03")
    assert screen.end() == 130
    answer = json.loads(screen.process.stdout.read())
    assert answer["finish_reason"] == "cancelled"
    assert not answer["text"].strip("tick ")


def test_loading_is_one_line_that_goes_when_the_answer_comes(terminal: Start, model: str) -> None:
    screen = terminal("run", model, "say done")
    assert screen.end() == 0
    assert after_plan(screen.seen).startswith("\rLoading the model: 0 %")
    wiped = "\r" + " " * len("Loading the model: 0 %") + "\r"
    assert screen.seen.endswith(wiped + "done\r\n")
    assert "\x1b" not in screen.seen


def test_a_long_prompt_shows_how_far_it_has_been_read(terminal: Start, model: str) -> None:
    screen = terminal("run", model, "prefill done")
    assert screen.end() == 0
    assert "\rReading the prompt: 0 of 1,000 tokens" in screen.seen


@pytest.mark.parametrize("plain", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_plain_terminal_gets_the_plan_and_the_answer_alone(
    terminal: Start, model: str, plain: dict[str, str]
) -> None:
    screen = terminal("run", model, "prefill done", env=plain)
    assert screen.end() == 0
    assert after_plan(screen.seen) == "done\r\n"


def test_ctrl_c_while_loading_leaves_a_clean_line(terminal: Start, model: str) -> None:
    screen = terminal("run", model, "hello", worker=["--stall-loading"])
    screen.expect("Loading the model")
    screen.type("\x03")
    assert screen.end() == 130
    assert screen.seen.endswith(" \r")


def test_progress_is_not_for_a_file(terminal: Start, model: str) -> None:
    screen = terminal("run", model, "prefill done", stderr=subprocess.PIPE)
    assert screen.end() == 0
    assert after_plan(screen.process.stderr.read()) == b""

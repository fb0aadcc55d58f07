"""yi_local.cli.output: stdout is data, stderr is talk."""

import io

import pytest

from yi_local.cli.output import Output
from yi_local.errors import YiLocalError


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_data_is_cleaned_for_a_terminal_only() -> None:
    pipe, screen = io.StringIO(), Tty()
    for stream in (pipe, screen):
        Output(stream, None, {}).write("\x1b[31mred\x9b\n")
    assert pipe.getvalue() == "\x1b[31mred\x9b\n"
    assert screen.getvalue() == "[31mred\n"


def test_talk_is_always_cleaned() -> None:
    stderr = io.StringIO()
    Output(None, stderr, {}).say("note: \x1b]0;title\x07\u202e")
    assert stderr.getvalue() == "note: ]0;title\n"


def test_further_lines_of_an_error_cannot_pass_for_ours() -> None:
    stderr = io.StringIO()
    Output(None, stderr, {}).fail(YiLocalError("one\nhint: forged", "two"))
    assert stderr.getvalue() == "error: one\n  hint: forged\nhint: two\n"


def test_an_error_without_a_hint_is_one_line() -> None:
    stderr = io.StringIO()
    Output(None, stderr, {}).fail(YiLocalError("one"))
    assert stderr.getvalue() == "error: one\n"


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp1252"])
def test_every_character_can_be_written_whatever_the_locale(encoding: str) -> None:
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    Output(stdout, None, {}).write("你好 🦊 \udc80\n")
    assert raw.getvalue().decode() == "你好 🦊 ?\n"


def test_data_wipes_the_progress_line_first() -> None:
    screen = Tty()
    output = Output(screen, screen, {})
    output.progress.show("Step", 0, 1)
    output.write("text")
    assert screen.getvalue().endswith("\rtext")


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_plain_terminal_gets_no_progress(environ: dict[str, str]) -> None:
    screen = Tty()
    output = Output(screen, screen, environ)
    output.progress.show("Step", 0, 1)
    output.write("text")
    assert screen.getvalue() == "text"


def test_an_empty_no_color_is_none() -> None:
    screen = Tty()
    Output(screen, screen, {"NO_COLOR": ""}).progress.show("Step", 0, 1)
    assert screen.getvalue().startswith("\r")


def test_closed_streams_are_no_trouble() -> None:
    output = Output(None, None, {})
    output.write("text")
    output.say("talk")
    output.ask("> ")
    output.progress.show("Step", 0, 1)

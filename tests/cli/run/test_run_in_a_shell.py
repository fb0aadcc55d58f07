"""`yi run` as a citizen of the shell: Ctrl-C, pipes that close early, missing streams."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.told import after_plan

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]
Command = Callable[..., list[str]]
Start = Callable[..., Any]


def test_ctrl_c_keeps_what_came(started: Start, model: str) -> None:
    process = started("run", model, "--stats", "tick")
    assert process.stdout.read(5) == b"tick "
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert rest.endswith(b"\n")
    assert not rest.strip(b"tick \n")
    assert after_plan(said).startswith(b"prompt 6 tokens")


def test_a_second_ctrl_c_does_not_wait_for_the_engine(started: Start, model: str) -> None:
    process = started("run", model, "deaf")
    for word in (b"Half. ", b"deaf. "):
        assert process.stdout.read(len(word)) == word
        process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=30)
    assert (rest, after_plan(said)) == (b"\n", b"")
    assert process.returncode == 130


def test_a_job_that_ignores_ctrl_c_goes_on_ignoring_it(
    command: Command, environ: dict[str, str], model: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command("run", model, "signal whole")],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"whole\n")


def test_ctrl_c_while_loading_ends_the_engine_too(
    yi: Yi, model: str, environ: dict[str, str]
) -> None:
    done = yi("run", model, "hello", worker=["--interrupt-loading"])
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
    (log,) = Path(environ["YI_LOCAL_HOME"]).glob("logs/engine-*.log")
    with pytest.raises(ProcessLookupError):
        os.kill(int(log.read_text()), 0)


def test_a_reader_that_leaves_early_ends_it_quietly(started: Start, model: str) -> None:
    process = started("run", model, "tick")
    assert process.stdout.read(5) == b"tick "
    process.stdout.close()
    assert (after_plan(process.stderr.read()), process.wait(30)) == (b"", 0)


@pytest.mark.parametrize("argv", [["--help"], ["run", "--help"], ["--version"]])
def test_help_into_a_closed_pipe_is_quiet(
    command: Command, environ: dict[str, str], argv: list[str]
) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as closed:
        done = subprocess.run(
            command(*argv), env=environ, stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence(command: Command, environ: dict[str, str], model: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command("run", model, "hello"),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    sentence = b"error: The output could not be written: No space left on device.\n"
    assert after_plan(done.stderr) == sentence


@pytest.mark.parametrize(
    ("closed", "code", "out"),
    [("<&-", 0, b"hello\n"), (">&-", 0, b""), ("2>&-", 0, b"hello\n"), ("<&- >&- 2>&-", 0, b"")],
)
def test_closed_standard_streams_are_no_trouble(
    command: Command, environ: dict[str, str], model: str, closed: str, code: int, out: bytes
) -> None:
    line = command("run", model, "--stats", "hello")
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *line],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, out)


def test_with_stdin_closed_and_no_prompt_it_is_a_usage_error(
    command: Command, environ: dict[str, str], model: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command("run", model)],
        env=environ,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"There is no prompt." in done.stderr

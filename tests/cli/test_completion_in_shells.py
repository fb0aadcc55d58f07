"""`yi completion` at the prompt of fish, of zsh on a terminal."""

import os
import pty
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import LAUNCHER

PATIENCE_S = 60.0


@pytest.fixture
def shell_environ(tmp_path: Path, environ: dict[str, str]) -> dict[str, str]:
    """With `yi` on the path."""
    program = tmp_path / "bin" / "yi"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {LAUNCHER} "[]" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return environ | {
        "PATH": f"{program.parent}:{environ['PATH']}",
        "PYTHONPATH": str(LAUNCHER.parents[2]),
        "HOME": str(tmp_path),
        "TERM": "xterm",
    }


def need(shell: str) -> str:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell}")
    return found


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("yi ru", "run"),
        ("yi run --sche", "--schema"),
        ("yi history sea", "search"),
        ("yi serve --kv-type q8", "q8_0"),
        ("yi chat yi-1.5-9b-chat-1", "yi-1.5-9b-chat-16k"),
    ],
)
def test_fish_offers_what_fits(line: str, offered: str, shell_environ: dict[str, str]) -> None:
    code = "yi completion fish | source; complete -C $argv[1]"
    done = subprocess.run(
        [need("fish"), "--no-config", "-c", code, line],
        env=shell_environ,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    assert [each.partition("\t")[0] for each in done.stdout.splitlines()] == [offered]


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("yi ru\t", "yi run "),
        ("yi run --sche\t", "yi run --schema "),
        ("yi history sea\t", "yi history search "),
        ("yi chat yi-1.5-9b-chat-1\t", "yi chat yi-1.5-9b-chat-16k "),
    ],
)
def test_zsh_completes_what_is_typed(
    typed: str, becomes: str, shell_environ: dict[str, str]
) -> None:
    with zsh(need("zsh"), shell_environ) as terminal:
        os.write(terminal, b"autoload -U compinit; compinit -u -D\n")
        os.write(terminal, b'PS1=; eval "$(yi completion zsh)"; bindkey "^X" show; zle -N show\n')
        os.write(terminal, b'show() { print -r -- "<$BUFFER>" }; print rea""dy\n')
        read_until(terminal, b"ready")
        os.write(terminal, typed.encode() + b"\x18")
        assert f"<{becomes}>" in read_until(terminal, b">").decode()


@contextmanager
def zsh(program: str, environ: dict[str, str]) -> Iterator[int]:
    child, terminal = pty.fork()
    if child == 0:
        os.execve(program, ["zsh", "-f"], environ)
    try:
        yield terminal
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def read_until(terminal: int, mark: bytes) -> bytes:
    found, deadline = b"", time.monotonic() + PATIENCE_S
    while mark not in found and time.monotonic() < deadline:
        found += os.read(terminal, 4096)
    return found

"""`yi completion`: the scripts, run by real shells."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import LAUNCHER

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]
Complete = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script for each shell, and `yi`."""
    folder = tmp_path_factory.mktemp("completion")
    program = folder / "yi"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {LAUNCHER} "[]" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    environ = os.environ | {"PYTHONPATH": str(LAUNCHER.parents[2])}
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run([program, "completion", shell], env=environ, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        (folder / f"script.{shell}").write_bytes(done.stdout)
    return folder


@pytest.fixture
def complete(scripts: Path, environ: dict[str, str], tmp_path: Path) -> Complete:
    """What bash would offer for a line that ends at the cursor, in a folder with some files."""
    folder = tmp_path / "work"
    (folder / "models").mkdir(parents=True)
    for name in ("mine.gguf", "notes.txt", "two words.gguf"):
        (folder / name).write_text("")
    code = (
        "source \"$1\"; COMP_LINE=$2; COMP_POINT=${#2}; COMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'\n"
        '_yi; [[ ${#COMPREPLY[@]} -eq 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"'
    )

    def run(line: str) -> list[str]:
        words = ["bash", "--norc", "-c", code, "bash", str(scripts / "script.bash"), line]
        path = f"{scripts}:{environ['PATH']}"
        done = subprocess.run(
            words, env=environ | {"PATH": path}, cwd=folder, capture_output=True, encoding="utf-8"
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return run


bash = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


@bash
def test_bash_completes_commands(complete: Complete) -> None:
    assert complete("yi ru") == ["run"]
    assert {"run", "chat", "batch", "history", "help"} <= set(complete("yi "))
    assert complete("yi help bat") == ["batch"]
    assert complete("yi nothing ") == []


@bash
def test_bash_completes_the_options_of_a_command(complete: Complete) -> None:
    assert complete("yi run --temp") == ["--temperature"]
    assert complete("yi run demo --js") == ["--json"]
    assert complete("yi list --temp") == []
    assert "-n" in complete("yi run -")


@bash
def test_bash_completes_commands_below_another_one(complete: Complete) -> None:
    assert complete("yi history s") == ["search", "show"]
    assert complete("yi history export --form") == ["--format"]
    assert complete("yi history export --format ") == ["markdown", "json"]


@bash
def test_bash_completes_the_values_of_options(complete: Complete) -> None:
    assert complete("yi run demo --kv-type q8") == ["q8_0"]
    assert complete("yi run demo -f no") == ["notes.txt"]
    assert complete("yi completion z") == ["zsh"]
    assert complete("yi run demo --seed ") == []


@bash
def test_bash_completes_models_where_one_belongs(complete: Complete) -> None:
    assert "demo" in complete("yi run de")
    assert "yi-1.5-6b-chat" in complete("yi run --seed 5 yi-1.5-6b")
    assert complete("yi run demo de") == []
    assert "demo" in complete("yi batch in.jsonl -o out.jsonl de")
    assert complete("yi batch no") == ["notes.txt"]
    assert complete("yi run m") == ["models", "mine.gguf"]
    assert complete("yi run tw") == ["two words.gguf"]
    assert "demo" in complete("yi verify demo de")


@bash
def test_what_stands_before_a_colon_is_not_offered_again(complete: Complete, scripts: Path) -> None:
    replaced = (
        (scripts / "script.bash")
        .read_text()
        .replace("completion --models", 'completion --models; printf "llama3:8b\\nllama3:70b\\n"')
    )
    (scripts / "script.bash").write_text(replaced)
    assert complete("yi run llama3:8") == ["8b"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_itself_accepts_the_script(scripts: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    flag = "--no-execute" if shell == "fish" else "-n"
    done = subprocess.run([shell, flag, scripts / f"script.{shell}"], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_in_every_script(scripts: Path, shell: str) -> None:
    script = (scripts / f"script.{shell}").read_text()
    for word in ("run", "batch", "unpack", "history", "replay"):
        assert word in script
    for option in ("temperature", "exit-code", "unordered", "conversation"):
        assert option in script
    assert "completion --models" in script


def test_the_models_are_one_a_line(yi: Yi) -> None:
    done = yi("completion", "--models")
    assert done.returncode == 0
    assert "yi-1.5-6b-chat" in done.stdout.decode().splitlines()


def test_without_a_shell_it_is_a_usage_error(yi: Yi) -> None:
    done = yi("completion")
    assert done.returncode == 2
    assert b"Which shell is it for?" in done.stderr
    assert yi("completion", "tcsh").returncode == 2

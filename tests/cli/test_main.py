"""yi_local.cli.main: the door, its help, its exit codes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from yi_local import __version__, errors
from yi_local.cli.help import long_help
from yi_local.cli.main import main
from yi_local.cli.run import command as run_module


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_one_line(
    yi: Callable[..., subprocess.CompletedProcess], option: str
) -> None:
    done = yi(option)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"yi_local {__version__}\n".encode(),
        b"",
    )


def test_the_version_is_told_before_anything_heavy_is_imported(environ: dict[str, str]) -> None:
    script = (
        "import sys\n"
        "from yi_local.cli.main import main\n"
        "main(['--version'])\n"
        "heavy = {'argparse', 'subprocess', 'json', 'platformdirs', 'jsonschema', 'llama_cpp'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, check=False
    )
    assert done.stderr.strip() == b""


def test_without_arguments_there_is_a_short_help(
    yi: Callable[..., subprocess.CompletedProcess],
) -> None:
    done = yi()
    assert done.returncode == 0
    assert b"yi chat demo" in done.stdout


@pytest.mark.parametrize("option", ["-h", "--help", "help"])
def test_the_help_is_data(yi: Callable[..., subprocess.CompletedProcess], option: str) -> None:
    done = yi(option)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, long_help(), b"")


def test_the_help_documents_every_exit_code() -> None:
    codes = {error.exit_code for error in errors.YiLocalError.__subclasses__()} | {0, 1}
    documented = long_help().partition("exit codes:")[2].partition("environment:")[0]
    assert {int(line.split()[0]) for line in documented.splitlines() if line.strip()} == codes


@pytest.mark.parametrize(
    ("name", "takes"),
    [
        ("run", " MODEL"),
        ("chat", " MODEL"),
        ("search", " WORDS"),
        ("plan", " MODEL"),
        ("pull", " MODEL"),
        ("list", ""),
        ("show", " MODEL"),
        ("verify", " MODEL"),
        ("rm", " MODEL"),
        ("outdated", ""),
        ("adopt", " DIR_OR_FILE"),
        ("pack", " MODEL"),
        ("unpack", " IN"),
        ("doctor", ""),
        ("history", ""),
        ("batch", " IN MODEL"),
        ("count", " MODEL [TEXT]"),
        ("render", " MODEL [PROMPT]"),
        ("completion", " bash|zsh|fish"),
        ("serve", " [MODEL...]"),
        ("replay", " ID"),
        ("status", ""),
        ("stop", " [PID]"),
    ],
)
def test_every_command_has_a_help_and_is_in_the_help(
    yi: Callable[..., subprocess.CompletedProcess], name: str, takes: str
) -> None:
    done = yi(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: yi {name}{takes}".encode())
    assert f"\n  {name}{takes}" in long_help()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["rnu"], 'error: There is no command "rnu".\nhint: Did you mean yi run?\n'),
        (["frobnicate"], "hint: yi --help shows what there is.\n"),
        (["\x1b[31mrun"], 'There is no command "[31mrun".'),
        (["run"], "the following arguments are required: MODEL"),
        (["run", "demo", "--bogus"], "hint: yi run --help shows what can be given.\n"),
        (["run", "demo", "-n", "0", "hi"], "'0' is not a whole number from 1"),
        (["run", "demo", "--temp", "0", "hi"], "unrecognized arguments: --temp"),
        (["chat", "demo", "--ctx", "-5"], "'-5' is not a whole number from 1"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_with_a_next_step(
    yi: Callable[..., subprocess.CompletedProcess], argv: list[str], said: str
) -> None:
    done = yi(*argv)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()


def test_a_bug_leaves_its_traceback_in_a_file_and_one_line_on_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bug(*args: object) -> int:
        return 1 // 0

    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path))
    monkeypatch.setattr(run_module, "run", bug)
    assert main(["run", "demo", "a private question"]) == 1
    said = capsys.readouterr().err
    (report,) = (tmp_path / "logs").glob("error-*.log")
    assert said.splitlines()[1] == f"hint: Details are in {report}"
    assert "Traceback" not in said
    assert "ZeroDivisionError" in report.read_text()
    assert "a private question" not in report.read_text()


def test_a_bug_whose_report_cannot_be_written_is_still_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bug(*args: object) -> int:
        raise KeyError("x")

    (tmp_path / "logs").write_text("a file where the folder should be")
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path))
    monkeypatch.setattr(run_module, "run", bug)
    assert main(["run", "demo", "x"]) == 1
    assert "(KeyError). The report could not be written" in capsys.readouterr().err


def test_the_program_runs_as_a_module(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "yi_local", "--version"],
        env=environ,
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"yi_local ")


def test_help_with_a_command_is_that_command_s_help(
    yi: Callable[..., subprocess.CompletedProcess],
) -> None:
    assert yi("help", "run").stdout == yi("run", "--help").stdout
    assert yi("help", "history", "show").stdout == yi("history", "show", "--help").stdout
    assert yi("help", "rnu").returncode == 2

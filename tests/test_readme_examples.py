"""The examples of the README and of every command's --help, run as they are written.

What needs a network, another model than the demo, a person, or a conversation that is not there is
named here with its reason: an example is run or excused, nothing else.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_packaging import README, read
from yi_local.cli.completion.described import examples
from yi_local.cli.context import Context
from yi_local.cli.input import Input
from yi_local.cli.output import Output

pytestmark = pytest.mark.model

EXCUSED = {  # a pattern in an example -> why it is not run
    r"\byi(-\d| pull|/)|owner/repo|://|model\.gguf|\bMODEL\b|\.yipack": "a model that is not here",
    r"~/|/media|D:": "a folder of somebody's",
    r"yi search|yi outdated|--pull|yi adopt": "the Hub, or a folder",
    r"history (show|export|rm) (m?\d)|--in \d|replay|history import": "no such conversation",
    r"yi stop \d": "no such process",
    r"yi (app|rm)\b|yi serve(?!.* --detach)": "does not end by itself, or deletes",
    r"^yi$|git diff|\bmake\b|\bpip\b|pipx": "not ours to run",
    r"fpath|\.config/fish|bash-completion": "writes into somebody's shell",
}

PATIENCE_S = 600  # the demo model may ramble to the end of its context, which takes 2 minutes


def examples_of(text: str) -> Iterator[str]:
    """Lines that run `yi`, without what is said beside them."""
    for line in text.splitlines():
        line = re.sub(r"\s{3,}(?!\S*$)[^\"'|]*$|\s+#.*$", "", line).strip()
        if re.search(r"(^|\| )yi(\s|$)", line):
            yield line


def readme_examples() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", read(README), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in examples_of(block)]


def help_examples() -> list[str]:
    nowhere = Context(Input(None), Output(None, None, {}), None)
    return [line for text in examples(nowhere) for line in examples_of(text)]


EXAMPLES = list(dict.fromkeys([*readme_examples(), *help_examples()]))


def excuse(line: str) -> str | None:
    for program in ("jq",):
        if f"| {program}" in line and shutil.which(program) is None:
            return f"there is no {program}"
    if "yi serve" in line and not is_free(8080):
        return "another program has the server's port"
    return next((why for pattern, why in EXCUSED.items() if re.search(pattern, line)), None)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, demo_model: Path) -> Path:
    """With the files that examples name."""
    folder = tmp_path_factory.mktemp("examples")
    files = folder / "files"
    files.mkdir()
    (files / "notes.txt").write_text("Buy milk. Call Ada.\n")
    (files / "questions.txt").write_text("Hello!\n")
    (files / "person.json").write_text(
        '{"type": "object", "properties": {"age": {"type": "integer"}, "name": {"enum": ["Ada"]}},'
        ' "required": ["name"], "additionalProperties": false}'
    )
    (files / "questions.jsonl").write_text('{"prompt": "Hi", "max_tokens": 4}\n' * 2)
    (files / "talk.json").write_text('[{"role": "user", "content": "Hi"}]')
    program = folder / "bin" / "yi"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m yi_local "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def environ(folder: Path) -> Iterator[dict[str, str]]:
    environ = os.environ | {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "YI_LOCAL_HOME": str(folder / "home"),
        "HF_HUB_OFFLINE": "1",
    }
    yield environ
    subprocess.run(["yi", "stop"], env=environ, capture_output=True)  # should its example fail


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_runs_as_it_is_written(
    line: str, folder: Path, tmp_path: Path, environ: dict[str, str]
) -> None:
    """In a folder of its own; the conversations are those of the examples before."""
    why = excuse(line)
    if why is not None:
        pytest.skip(why)
    place = shutil.copytree(folder / "files", tmp_path / "files")
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=place,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr.decode()

"""`yi count` and `yi render`: a vocabulary, and nothing else, is loaded."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


def test_a_text_is_one_number(yi: Yi, model: str) -> None:
    done = yi("count", model, "one two three")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"3\n", b"")


def test_what_is_piped_in_is_counted_to_its_last_line_end(yi: Yi, model: str) -> None:
    assert yi("count", model, input=b"one two\n").stdout == b"3\n"
    assert yi("count", model, input=b"one two").stdout == b"2\n"
    assert yi("count", model, "one", input=b"one two").stdout == b"1\n"


def test_several_files_are_a_table_with_their_sum(yi: Yi, model: str, tmp_path: Path) -> None:
    for name, text in (("a.txt", "one"), ("b.txt", "one " * 20)):
        (tmp_path / name).write_text(text)
    argv = ("count", model, "-f", str(tmp_path / "a.txt"), "-f", str(tmp_path / "b.txt"))
    lines = yi(*argv).stdout.decode().splitlines()
    assert lines == [f" 1  {tmp_path / 'a.txt'}", f"20  {tmp_path / 'b.txt'}", "21  total"]
    value = json.loads(yi(*argv, "--json").stdout)
    assert (value["tokens"], value["model"]) == (21, "Fake")
    assert value["texts"][1] == {"name": str(tmp_path / "b.txt"), "tokens": 20, "characters": 80}


def test_as_a_question_the_template_counts_too(yi: Yi, model: str) -> None:
    assert yi("count", model, "--chat", "one two").stdout == b"7\n"
    assert yi("count", model, "--chat", "--system", "x", "one two").stdout == b"11\n"
    assert yi("count", model, "--system", "x", "one two").returncode == 2


def test_nothing_to_count_is_a_usage_error(yi: Yi, tmp_path: Path, model: str) -> None:
    assert yi("count", model, "-f", str(tmp_path / "none")).returncode == 2
    assert yi("count", str(tmp_path / "none.gguf"), "x").returncode == 3
    assert yi("count", model, input=b"").stdout == b"0\n"


@pytest.mark.model
def test_the_vocabulary_alone_counts_as_the_loaded_model_does(
    demo_model: Path, environ: dict[str, str]
) -> None:
    def real(*argv: str) -> bytes:
        return subprocess.check_output([sys.executable, "-m", "yi_local", *argv], env=environ)

    text = "Naïve <|im_end|> 你好, world!  \n"
    usage = json.loads(real("run", "demo", "-n", "1", "--json", text))["usage"]
    assert int(real("count", "demo", "--chat", text)) == usage["prompt_tokens"]
    rendered = json.loads(real("render", "demo", "--json", text))
    assert rendered["tokens"] == usage["prompt_tokens"]
    assert rendered["text"].count("<|im_end|>") == rendered["token_ids"].count(2) + 1  # the pasted

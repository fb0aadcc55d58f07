"""`yi render`: the prompt as a model would see it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]
PROMPT = "<system>\nBe brief.\n<user>\nHi\n<assistant>\n"


def test_the_text_is_exactly_the_prompt(yi: Yi, model: str) -> None:
    done = yi("render", model, "--system", "Be brief.", "Hi")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, PROMPT, b"")
    assert yi("render", model, "--system", "Be brief.", input=b"Hi\n").stdout.decode() == PROMPT


def test_the_ids_are_one_line_of_numbers(yi: Yi, model: str) -> None:
    done = yi("render", model, "Hi", "--ids")
    ids = [int(word) for word in done.stdout.split()]
    assert done.stdout.count(b"\n") == 1
    value = json.loads(yi("render", model, "Hi", "--json").stdout)
    assert (value["token_ids"], value["tokens"]) == (ids, len(ids))
    assert value["text"] == "<user>\nHi\n<assistant>\n"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_conversation_is_read_from_a_file(
    yi: Yi, model: str, tmp_path: Path, wrapped: bool
) -> None:
    said = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    said.append({"role": "user", "content": "c"})
    file = tmp_path / "talk.json"
    file.write_text(json.dumps({"messages": said, "model": "x"} if wrapped else said))
    done = yi("render", model, "--messages", str(file))
    assert done.stdout.decode() == "<user>\na\n<assistant>\nb\n<user>\nc\n<assistant>\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "not JSON"), ("[]", "list of messages"), ('[{"role": "x", "content": ""}]', '"role"')],
)
def test_messages_that_are_none_are_a_usage_error(
    yi: Yi, model: str, tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "talk.json"
    file.write_text(content)
    done = yi("render", model, "--messages", str(file))
    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_no_prompt_or_two_of_them_is_a_usage_error(yi: Yi, model: str, tmp_path: Path) -> None:
    assert yi("render", model).returncode == 2
    assert yi("render", model, "Hi", "--messages", str(tmp_path / "x")).returncode == 2

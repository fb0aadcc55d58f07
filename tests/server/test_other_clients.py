"""Further clients that nobody here wrote: llm, and curl where it is there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.live import Live, chat_body

pytest.importorskip("llm", reason="it comes with the demo extra")
PATIENCE_S = 60.0


@pytest.fixture
def llm(tmp_path: Path, live: Live) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Its command, with this server's model as "ours" and "ours-new"."""
    home = tmp_path / "llm"
    home.mkdir()
    common = {"model_name": "tiny", "api_base": f"{live.url}/v1", "supports_schema": True}
    models = [
        {"model_id": "ours", "supports_tools": True, **common},
        {"model_id": "ours-new", "responses": True, **common},
        {"model_id": "ours-plain", "completion": True, **common},
    ]
    (home / "extra-openai-models.yaml").write_text(json.dumps(models))  # JSON is YAML, too
    environ = {**os.environ, "LLM_USER_PATH": str(home), "OPENAI_API_KEY": "any"}

    def run(*argv: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "llm", *argv],
            capture_output=True,
            text=True,
            env=environ,
            timeout=PATIENCE_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.mark.parametrize("model", ["ours", "ours-new", "ours-plain"])
def test_llm_gets_an_answer(
    llm: Callable[..., "subprocess.CompletedProcess[str]"], model: str
) -> None:
    for more in ([], ["--no-stream"]):
        done = llm("-m", model, "say hello from llm", *more)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().endswith("hello from llm")


def test_llm_gets_an_answer_by_a_schema(
    llm: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    done = llm("-m", "ours", "--schema", "name, age int", 'say {"name": "Li", "age": 41}')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"name": "Li", "age": 41}


def test_llm_goes_on_with_a_conversation(
    llm: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    assert llm("-m", "ours", "say one").returncode == 0
    done = llm("-m", "ours", "-c", "messages")
    said = [message["content"] for message in json.loads(done.stdout)]
    assert said == ["say one", "one", "messages"]


def test_llm_is_told_what_is_wrong(
    llm: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    done = llm("-m", "ours", "too long")
    assert done.returncode != 0
    assert "tokens" in done.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl_gets_answers_and_streams(live: Live) -> None:
    def curl(*argv: str) -> str:
        command = ["curl", "--silent", "--show-error", "--no-buffer", "--max-time", "20", *argv]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    address = f"{live.url}/v1/chat/completions"
    body = json.dumps(chat_body("say hello"))
    answer = json.loads(curl(address, "--json", body))
    assert answer["choices"][0]["message"]["content"] == "hello"
    stream = curl(address, "--json", json.dumps(chat_body("say hello", stream=True)))
    assert stream.endswith("data: [DONE]\n\n")
    large = json.dumps(chat_body("x" * 2_000_000))  # sent after "Expect: 100-continue"
    done = subprocess.run(
        ["curl", "--silent", "--max-time", "20", address, "--json", "@-"],
        input=large.encode(),
        capture_output=True,
        check=True,
    )
    assert b"choices" in done.stdout
    old = curl("--http1.0", address, "--json", body)
    assert "hello" in old

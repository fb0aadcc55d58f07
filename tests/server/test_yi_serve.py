"""`yi serve` as a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_gguf import write_smallest
from yi_local import language
from yi_local.store.conversations import Store

LAUNCHER = Path(__file__).parents[1] / "cli" / "launcher.py"
PATIENCE_S = 30.0

Process = subprocess.Popen[str]
Start = Callable[..., Process]


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(write_smallest(tmp_path / "tiny.gguf"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    processes: list[Process] = []
    environ = {
        **os.environ,
        "YI_LOCAL_HOME": str(tmp_path / "home"),
        language.VARIABLE: "en",
        "PYTHONPATH": str(LAUNCHER.parents[2]),
    }

    def run(*argv: str, worker: Sequence[str] = (), **env: str) -> Process:
        line = [sys.executable, "-W", "error", str(LAUNCHER), json.dumps(list(worker)), "serve"]
        pipe = subprocess.PIPE
        process = Process(
            [*line, *argv],
            env=environ | env,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def url_of(process: Process) -> str:
    assert process.stdout is not None
    return str(json.loads(process.stdout.readline())["url"])


def ask(url: str, body: object = None, key: str | None = None, timeout: float = 20) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(url, data, headers)
    return urllib.request.urlopen(request, timeout=timeout)


def said(url: str, text: str, **fields: object) -> str:
    messages = [{"role": "user", "content": text}]
    body = {"model": "tiny", "messages": messages, **fields}
    with ask(f"{url}/chat/completions", body) as response:
        return str(json.load(response)["choices"][0]["message"]["content"])


def chat(page: str, text: str) -> None:
    """A conversation on the page, to the end of its first answer."""
    with ask(f"{page}/page/chats", {}) as response:
        begun = json.load(response)["id"]
    with ask(f"{page}/page/chats/{begun}/send", {"text": text}) as response:
        assert response.read().endswith(b"[DONE]\n\n")


def end_of(process: Process) -> tuple[int, str, str]:
    out, talk = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, talk


def test_it_tells_where_it_is_and_ends_with_ctrl_c(start: Start, model: str) -> None:
    process = start(model, "--port", "0")
    assert process.stderr is not None
    lines = [process.stderr.readline(), process.stderr.readline()]
    assert lines[0].startswith("plan: ")
    match = re.search(r"http://127\.0\.0\.1:\d+/v1", lines[1])
    assert match, lines
    assert said(match[0], "say hello") == "hello"
    process.send_signal(signal.SIGINT)
    assert end_of(process) == (0, "", "")


def test_it_tells_where_its_page_is_which_keeps_conversations_where_the_app_does(
    start: Start, model: str, tmp_path: Path
) -> None:
    process = start(model, "--port", "0")
    assert process.stderr is not None
    process.stderr.readline()
    match = re.search(r"open (http://127\.0\.0\.1:\d+)/ in", process.stderr.readline())
    assert match
    with ask(match[1]) as response:
        assert "text/html" in response.headers["content-type"]
    chat(match[1], "say hello")
    process.send_signal(signal.SIGINT)
    assert end_of(process) == (0, "", "")
    with Store(tmp_path / "home" / "data" / "conversations.db") as store:
        [kept] = store.conversations()
        assert [node.message.content for node in store.path(kept.id)] == ["say hello", "hello"]


def test_conversations_that_shall_not_be_kept_are_not_written(
    start: Start, model: str, tmp_path: Path
) -> None:
    (tmp_path / "home" / "config").mkdir(parents=True)
    (tmp_path / "home" / "config" / "settings.toml").write_text("save_history = false\n")
    process = start(model, "--port", "0", "--json")
    page = url_of(process).removesuffix("/v1")
    with ask(f"{page}/page/about") as response:
        assert json.load(response)["saves_history"] is False
    chat(page, "say hello")
    assert not (tmp_path / "home" / "data" / "conversations.db").exists()


def test_a_store_that_cannot_be_opened_is_told_and_models_are_served(
    start: Start, model: str, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "data").write_text("a file where the folder should be")
    process = start(model, "--port", "0", "--json")
    assert said(url_of(process), "say hello") == "hello"
    process.send_signal(signal.SIGINT)
    code, _, talk = end_of(process)
    assert code == 0
    assert "Conversations will not be saved this time." in talk


def test_for_scripts_it_prints_its_address_as_json(start: Start, model: str) -> None:
    process = start(model, "--port", "0", "--json")
    url = url_of(process)
    with ask(f"{url}/models") as response:
        assert json.load(response)["data"][0]["id"] == "tiny"
    process.terminate()
    code, out, _ = end_of(process)
    assert (code, out) == (0, "")


def test_the_named_model_is_loaded_before_the_first_request(start: Start, model: str) -> None:
    process = start(model, "--port", "0", "--json")
    url = url_of(process)
    with ask(url.removesuffix("/v1") + "/metrics") as response:
        assert "yi_models_loaded 1" in response.read().decode()


def test_ctrl_c_ends_streams_that_are_running(start: Start, model: str) -> None:
    process = start(model, "--port", "0", "--json")
    url = url_of(process)
    body = {"model": "tiny", "stream": True, "messages": [{"role": "user", "content": "tick"}]}
    with ask(f"{url}/chat/completions", body) as response:
        response.readline()
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest = response.read().decode()
    assert "The server is being stopped." in rest
    code, _, talk = end_of(process)
    assert code == 0
    assert "Traceback" not in talk
    assert time.monotonic() - begun < 15


def test_ctrl_c_while_the_model_is_loaded_ends_it_too(start: Start, model: str) -> None:
    process = start(model, "--port", "0", worker=["--interrupt-loading"])
    assert end_of(process)[0] == 130


def test_no_engine_is_left_behind(start: Start, model: str) -> None:
    process = start(model, "--port", "0", "--json")
    pid = int(said(url_of(process), "pid"))
    process.send_signal(signal.SIGINT)
    assert end_of(process)[0] == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_another_address_demands_a_key_which_is_made_and_shown_once(
    start: Start, model: str
) -> None:
    process = start(model, "--port", "0", "--json", "--host", "0.0.0.0")
    url = url_of(process)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask(f"{url}/models").close()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    talk = process.stderr.read()
    [key] = re.findall(r"shown this once: (\S+)", talk)
    assert len(key) >= 40
    assert talk.count(key) == 1


def test_a_made_key_opens(start: Start, model: str) -> None:
    process = start(model, "--port", "0", "--host", "0.0.0.0")
    assert process.stderr is not None
    key = url = ""
    while not url:
        line = process.stderr.readline()
        assert line
        key = line.rpartition(" ")[2].strip() if "shown this once" in line else key
        match = re.search(r"http://\S+/v1", line)
        url = match[0] if match else ""
    with ask(f"{url}/models", key=key) as response:
        assert response.status == 200


def test_beyond_this_machine_the_page_has_a_key_of_its_own(start: Start, model: str) -> None:
    process = start(
        model, "--port", "0", "--json", "--host", "0.0.0.0", "--api-key", "a-key-of-programs"
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    root, _, key = told["page"].partition("#key=")
    assert len(key) >= 40
    with ask(f"{root}page/chats", key=key) as response:
        assert response.status == 200
    with ask(f"{told['url']}/models", key="a-key-of-programs") as response:
        assert response.status == 200
    for url, wrong in (
        (f"{root}page/chats", "a-key-of-programs"),
        (f"{root}page/chats", None),
        (f"{told['url']}/models", key),
    ):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask(url, key=wrong).close()
    process.terminate()


def test_keys_can_be_given_by_option_and_environment(start: Start, model: str) -> None:
    process = start(model, "--port", "0", "--json", "--api-key", "one", YI_API_KEY="two")
    url = url_of(process)
    for key in ("one", "two"):
        with ask(f"{url}/models", key=key) as response:
            assert response.status == 200
    for wrong in (None, "three"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask(f"{url}/models", key=wrong).close()
    process.terminate()
    _, _, talk = end_of(process)
    assert "two" not in talk


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--host", "0.0.0.0", "--api-key", "short"], "at least 16 characters"),
        (["--api-key", "with space"], "ASCII characters"),
        (["--api-key", ""], "ASCII characters"),
        (["--host", "no.such.host.invalid"], "cannot be listened on"),
        (["--port", "70000"], "more than 65535"),
        (["--parallel", "0"], "whole number from 1"),
        (["--host-name", "http://laptop"], "no host name"),
        (["--allow-origin", "page.example"], "no origin"),
        (["--allow-origin", "*"], "no origin"),
        (["--any-model"], "--any-model needs a model"),
    ],
)
def test_what_cannot_be_served_so_is_refused_in_words(
    start: Start, argv: list[str], sentence: str
) -> None:
    code, out, talk = end_of(start(*argv))
    assert (code, out) == (2, "")
    assert sentence in talk


def test_a_port_that_is_taken_is_told_before_anything_is_loaded(start: Start, model: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, talk = end_of(start(model, "--port", port))
    assert code == 2
    assert "cannot be listened on" in talk
    assert "--port" in talk
    assert "plan:" not in talk


def test_a_model_that_is_not_here_is_told_at_once(start: Start) -> None:
    code, _, talk = end_of(start("yi-1.5-6b-chat", "--port", "0"))
    assert code == 3
    assert "not on this machine" in talk

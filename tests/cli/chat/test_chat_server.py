"""`yi chat --server`: the model of another server, line in, line out."""

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.elsewhere.stand_in import (
    delta,
    finish,
    lm_studio,
    models,
    ollama,
    reply,
    running,
    server,
    streamed,
    thought,
)
from tests.server.live import Live
from tests.tiny_gguf import write_smallest
from yi_local.cli.elsewhere import OtherServer, keys_of_environment, tell_where
from yi_local.cli.output import Output
from yi_local.engine.elsewhere.access import access_with
from yi_local.engine.elsewhere.address import parse_address
from yi_local.store.conversations import Store

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


def test_the_only_model_is_taken_unasked(yi: Yi) -> None:
    with running(server()) as made:
        done = yi("chat", "--server", made.url, input=b"one\ntwo\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"Hello there.\n" * 2, b"")
    assert made.chats()[1]["messages"][-1] == {"role": "user", "content": "two"}


@pytest.mark.parametrize("argv", [["yi", "--server", "{url}"], ["yi@{url}/v1"]])
def test_a_model_is_named_beside_its_server_or_with_it(yi: Yi, argv: list[str]) -> None:
    with running(ollama()) as made:
        given = [each.format(url=made.url) for each in argv]
        done = yi("chat", *given, "--top-k", "5", "--max-tokens", "9", input=b"one\n")
    assert (done.returncode, done.stdout) == (0, b"Hello.\n")
    [body] = made.chats()
    assert (body["model"], body["top_k"], body["max_tokens"]) == ("yi:latest", 5, 9)
    assert "temperature" not in body


def test_the_loaded_one_of_several_is_taken(yi: Yi) -> None:
    with running(lm_studio()) as made:
        assert yi("chat", "--server", made.url, input=b"one\n").stdout == b"Hello.\n"
    assert made.chats()[0]["model"] == "yi-coder-9b"


def test_one_of_several_that_are_not_loaded_has_to_be_named(yi: Yi) -> None:
    made = server(None, "a", "b")
    with running(made):
        done = yi("chat", "--server", made.url)
    assert done.returncode == 2
    assert b"several models: name one" in done.stderr
    assert b"There are: a, b" in done.stderr


def test_a_server_that_is_not_there_is_told_with_what_to_do(yi: Yi) -> None:
    with running(server()) as made:
        url = made.url
    done = yi("chat", "--server", url, "tiny")
    assert done.returncode == 1
    assert b"Nothing listens at" in done.stderr
    assert b"Is the server running?" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_key_comes_by_option_or_variable_and_is_never_shown_or_kept(
    yi: Yi, environ: dict[str, str]
) -> None:
    with running(server()) as made:
        made.routes["GET", "/v1/models"] = reply({"error": {"message": "Bad: sk-one"}}, 401)
        refused = yi("chat", "--server", made.url, "--api-key", "sk-one")
        made.routes["GET", "/v1/models"] = models("tiny")
        environ["YI_SERVER_KEY"] = "sk-two"
        done = yi("chat", "--server", made.url, input=b"one\n")
    assert b"does not accept the key" in refused.stderr
    assert b"sk-one" not in refused.stderr
    assert [made.asked[0].headers["authorization"], made.asked[-1].headers["authorization"]] == [
        "Bearer sk-one",
        "Bearer sk-two",
    ]
    assert b"sk-two" not in done.stdout + done.stderr
    home = Path(environ["YI_LOCAL_HOME"])
    assert not [file for file in home.rglob("*") if file.is_file() and b"sk-" in file.read_bytes()]


@pytest.mark.parametrize(
    "option", [["--ctx", "512"], ["--gpu-layers", "1"], ["--kv-type", "f16"], ["--threads", "2"],
               ["--pull"], ["--force"]]
)  # fmt: skip
def test_how_a_model_is_loaded_is_decided_by_its_server(yi: Yi, option: list[str]) -> None:
    done = yi("chat", "--server", "http://localhost:1", "tiny", *option)
    assert done.returncode == 2
    assert f"{option[0]} is for models that are loaded here".encode() in done.stderr


def test_offline_another_computer_is_not_asked_and_this_one_is(
    yi: Yi, environ: dict[str, str]
) -> None:
    away = yi("chat", "--server", "http://192.0.2.1/v1", "tiny", "--offline")
    assert (away.returncode, b"Offline, so 192.0.2.1 is not asked" in away.stderr) == (2, True)
    environ["HF_HUB_OFFLINE"] = "1"
    assert yi("chat", "tiny@http://192.0.2.1/v1").returncode == 2
    del environ["HF_HUB_OFFLINE"]
    config = Path(environ["YI_LOCAL_HOME"]) / "config"
    config.mkdir(parents=True)
    (config / "settings.toml").write_text("offline = true\n")
    assert yi("chat", "tiny@http://192.0.2.1/v1").returncode == 2
    with running(server()) as made:
        assert yi("chat", "--server", made.url, input=b"one\n").returncode == 0


def test_a_key_without_a_server_and_no_model_at_all_are_refused(yi: Yi, model: str) -> None:
    done = yi("chat", model, "--api-key", "x")
    assert (done.returncode, b"--api-key needs a server" in done.stderr) == (2, True)
    done = yi("chat")
    assert (done.returncode, b"required: MODEL" in done.stderr) == (2, True)


def test_an_error_of_a_turn_is_told_and_the_chat_goes_on(yi: Yi) -> None:
    with running(server()) as made:
        made.routes["POST", "/v1/chat/completions"] = streamed(delta("One"), done=False)
        done = yi("chat", "--server", made.url, input=b"one\ntwo\n")
    assert done.returncode == 1
    assert done.stdout == b"One\n" * 2
    assert done.stderr.count(b"broke off in the middle") == 2


def test_thoughts_are_not_in_the_answer_and_a_cut_is_told_without_our_options(yi: Yi) -> None:
    with running(server(streamed(thought("Hm."), delta("Yes"), finish("length")))) as made:
        done = yi("chat", "--server", made.url, input=b"one\n")
    assert done.stdout == b"Yes\n"
    assert b"cut by the server's own limit" in done.stderr
    assert b"--ctx" not in done.stderr


def test_what_a_strict_server_does_not_know_is_told(yi: Yi) -> None:
    def strict(handler: object, asked: object) -> None:
        known = "min_p" not in asked.body  # type: ignore[attr-defined]
        route = streamed(delta("Yes."), finish()) if known else reply({"error": "min_p?"}, 400)
        route(handler, asked)  # type: ignore[arg-type]

    with running(server(strict)) as made:
        done = yi("chat", "--server", made.url, "--min-p", "0.1", input=b"one\n")
    assert (done.returncode, done.stdout) == (0, b"Yes.\n")
    assert f"note: {made.host} does not know min_p".encode() in done.stderr


def test_it_is_saved_with_its_server_and_not_replayed(yi: Yi, environ: dict[str, str]) -> None:
    with running(server()) as made:
        yi("chat", "--server", made.url, input=b"one\n")
    with Store(Path(environ["YI_LOCAL_HOME"]) / "data" / "conversations.db") as store:
        (found,) = store.conversations()
    assert found.model == f"tiny@{made.url}/v1"
    done = yi("replay", str(found.id))
    assert done.returncode == 2
    assert b"came from another server" in done.stderr


def test_what_leaves_this_computer_is_said_before_it_does() -> None:
    told = io.StringIO()
    output = Output(None, told, {})
    for url in ("http://localhost:1", "http://192.0.2.1/v1", "https://192.0.2.2"):
        address = parse_address(url)
        tell_where(OtherServer(address, access_with(address, "sk-1"), None), output)
    assert told.getvalue() == (
        "note: what you write leaves this computer: it goes to 192.0.2.1\n"
        "note: the key goes to 192.0.2.1 unencrypted\n"
        "note: what you write leaves this computer: it goes to 192.0.2.2\n"
    )


def test_the_variables_key_is_for_the_settings_only_server() -> None:
    environ = {"YI_SERVER_KEY": "sk-1"}
    one, other = "https://a.example/v1", "https://b.example/v1"
    assert keys_of_environment([one], environ) == {"https://a.example": "sk-1"}
    assert keys_of_environment([one, other], environ) == {}
    assert keys_of_environment([], environ) == {}
    assert keys_of_environment([one], {}) == {}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    folder = tmp_path / "served"
    folder.mkdir()
    write_smallest(folder / "tiny.gguf")
    started = Live(folder)
    yield started
    started.close()


def test_yi_chat_talks_with_yi_serve(yi: Yi, live: Live) -> None:
    done = yi("chat", "--server", live.url, input="say 你好\nlast\n".encode())
    assert (done.returncode, done.stdout.decode().splitlines()[0], done.stderr) == (0, "你好", b"")

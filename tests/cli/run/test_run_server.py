"""`yi run --server`: one answer of another server, for scripts."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.elsewhere.stand_in import delta, finish, held, ollama, running, server, streamed
from yi_local.store.conversations import Store

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


def test_one_argument_is_the_prompt_for_the_only_model(yi: Yi) -> None:
    with running(server()) as made:
        done = yi("run", "--server", made.url, "Hi")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"Hello there.\n", b"")
    assert made.chats()[0]["messages"] == [{"role": "user", "content": "Hi"}]


def test_two_arguments_are_model_and_prompt_and_one_may_be_the_model(yi: Yi) -> None:
    with running(ollama()) as made:
        yi("run", "--server", made.url, "qwen2.5:7b", "Hi", "--system", "Be brief.")
        yi("run", "--server", made.url, "qwen2.5:7b", input=b"piped")
        yi("run", f"yi@{made.url}", "Hi", input=b"piped")
    bodies = made.chats()
    assert [body["model"] for body in bodies] == ["qwen2.5:7b", "qwen2.5:7b", "yi:latest"]
    assert [body["messages"][-1]["content"] for body in bodies] == ["Hi", "piped", "Hi\npiped"]
    assert bodies[0]["messages"][0] == {"role": "system", "content": "Be brief."}


def test_json_and_stats_tell_what_is_known_and_no_more(yi: Yi) -> None:
    with running(server()) as made:
        done = yi("run", "--server", made.url, "--json", "--stats", "Hi")
    told = json.loads(done.stdout)
    assert (told["text"], told["model"], told["diagnoses"]) == ("Hello there.", "tiny", [])
    assert told["usage"]["prompt_tokens"] == 7
    assert b"prompt 7 tokens (2 cached), speed unknown; answer 3 tokens" in done.stderr
    assert b"GPU" not in done.stderr
    with running(server(streamed(delta("Hi."), finish()))) as made:
        done = yi("run", "--server", made.url, "--json", "--stats", "Hi")
    assert json.loads(done.stdout)["usage"]["prompt_tokens"] is None
    assert b"prompt of unknown length; answer 1 tokens" in done.stderr


def test_a_schema_is_asked_for_and_checked(yi: Yi, tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["name"]}
    file = tmp_path / "person.json"
    file.write_text(json.dumps(schema))
    with running(server(streamed(delta('{"name": "Ada"}'), finish()))) as made:
        done = yi("run", "--server", made.url, "--schema", str(file), "A person.")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"name": "Ada"})
    assert made.chats()[0]["response_format"]["json_schema"]["schema"] == schema
    with running(server(streamed(delta("Ada"), finish()))) as made:
        assert yi("run", "--server", made.url, "--schema", str(file), "A person.").returncode == 6


def test_it_goes_on_in_a_conversation(yi: Yi, environ: dict[str, str]) -> None:
    with running(server()) as made:
        yi("run", "--server", made.url, "--save", "My name is Ada.")
        done = yi("run", "--server", made.url, "--continue", "What is my name?")
    assert done.returncode == 0
    assert len(made.chats()[1]["messages"]) == 3
    with Store(Path(environ["YI_LOCAL_HOME"]) / "data" / "conversations.db") as store:
        (found,) = store.conversations()
    assert (found.model, found.n_messages) == (f"tiny@{made.url}/v1", 4)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--server", "http://localhost:1", "--raw", "Hi"], "--raw needs a model"),
        (["--server", "http://localhost:1", "--ctx", "9", "Hi"], "--ctx is for models"),
        (["--server", "ftp://x", "Hi"], "not a server's address"),
        (["tiny", "Hi", "--api-key", "k"], "--api-key needs a server"),
        ([], "required: MODEL"),
    ],
)
def test_what_does_not_go_together_is_refused(yi: Yi, argv: list[str], words: str) -> None:
    done = yi("run", *argv)
    assert done.returncode == 2
    assert words in done.stderr.decode()


def test_ctrl_c_keeps_what_came_and_ends_the_connection(
    command: Callable[..., list[str]], environ: dict[str, str]
) -> None:
    with running(server(held(delta("One")))) as made:
        argv = command("run", "--server", made.url, "Hi")
        with subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.read(3) == b"One"
            process.send_signal(signal.SIGINT)
            assert process.stdout.read() == b"\n"
        assert process.returncode == 130
        assert made.gone.wait(5)

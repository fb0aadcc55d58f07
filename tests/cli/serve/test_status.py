"""`yi serve --detach`, `yi status`, `yi stop`: as processes of their own."""

import json
import os
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Terminal
from tests.holding import holding, program
from tests.server.live import soon
from yi_local.assistant.warm.programs import announce, announced, is_alive
from yi_local.text import width_of

Completed = subprocess.CompletedProcess[bytes]
Yi = Callable[..., Completed]
Start = Callable[..., Any]


@pytest.fixture(autouse=True)
def own_home(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is in the background when a test ends does not outlive it."""
    monkeypatch.setenv("YI_LOCAL_HOME", environ["YI_LOCAL_HOME"])
    yield
    for each in announced():
        if each.pid != os.getpid():
            os.kill(each.pid, signal.SIGKILL)


def detached(yi: Yi, *argv: str, **options: Any) -> tuple[str, int]:
    """The URL and the process of one in the background."""
    done = yi("serve", *argv, "--detach", "--port", "0", "--json", **options)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return told["url"], told["pid"]


def models_of(url: str, key: str | None = None) -> list[str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/models", headers=headers)) as reply:
        return [each["id"] for each in json.load(reply)["data"]]


# Detached


def test_it_serves_in_the_background_until_it_is_stopped(yi: Yi, model: str) -> None:
    url, pid = detached(yi, model)
    assert "tiny" in models_of(url)
    assert os.getsid(pid) == pid  # neither this terminal's Ctrl-C nor its end reaches it
    done = yi("stop")
    assert (done.returncode, done.stderr) == (0, f"yi serve (process {pid}) has ended.\n".encode())
    assert announced() == ()
    assert soon(lambda: is_gone(pid))
    with pytest.raises(OSError, match="refused"):
        models_of(url)


def is_gone(pid: int) -> bool:
    """Ended, be it that nobody has waited for it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return not is_alive(pid)
    return state == "Z"


def test_it_tells_a_person_its_address_and_how_it_is_ended(yi: Yi, model: str) -> None:
    done = yi("serve", model, "--detach", "--port", "0")
    assert (done.returncode, done.stdout) == (0, b"")
    assert re.fullmatch(
        r"Ready: open (http://127\.0\.0\.1:\d+)/ in a browser, or give clients \1/v1 as base URL. "
        r"yi stop ends it\.\n",
        done.stderr.decode(),
    )
    assert done.told.startswith("plan: ")  # type: ignore[attr-defined]


def test_a_key_that_was_made_is_shown_and_is_in_no_log(
    yi: Yi, model: str, environ: dict[str, str]
) -> None:
    done = yi("serve", model, "--detach", "--port", "0", "--host", "0.0.0.0", "--json")
    url = json.loads(done.stdout)["url"]
    [key] = re.findall(rb"shown this once: (\S+)", done.stderr)
    assert "tiny" in models_of(url, key.decode())
    for log in (Path(environ["YI_LOCAL_HOME"]) / "logs").iterdir():
        assert key not in log.read_bytes()
    [found] = announced()
    assert found.url == url.removesuffix("/v1")
    done = yi("run", model, "pid")  # the token opens what the key does not
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("argv", "worker", "code", "sentence"),
    [
        (["--load-error"], ["--load-error", "cannot_load"], 4, "error: It will not load."),
        (["--die"], ["--die-loading"], 4, "SIGKILL"),
        (["--ctx", "9999999"], [], 4, "does not fit here"),
    ],
    ids=["refused", "died", "too big"],
)
def test_what_keeps_it_from_serving_is_told_with_its_exit_code(
    yi: Yi, model: str, argv: list[str], worker: list[str], code: int, sentence: str
) -> None:
    more = argv if argv[0] == "--ctx" else []
    done = yi("serve", model, *more, "--detach", "--port", "0", worker=worker)
    assert (done.returncode, done.stdout) == (code, b"")
    assert sentence in done.stderr.decode()
    assert announced() == ()


def test_wrong_options_are_told_before_anything_is_begun(
    yi: Yi, model: str, environ: dict[str, str]
) -> None:
    for argv, code in ((["--port", "70000"], 2), (["--api-key", ""], 2)):
        assert yi("serve", model, "--detach", *argv).returncode == code
    assert yi("serve", "yi-1.5-6b-chat", "--detach", "--port", "0").returncode == 3
    assert not list(Path(environ["YI_LOCAL_HOME"]).rglob("serve-*.log"))


def test_ctrl_c_while_it_loads_ends_it_too(
    terminal: Callable[..., Terminal], environ: dict[str, str], model: str
) -> None:
    screen = terminal("serve", model, "--detach", "--port", "0", worker=["--stall-loading"])
    screen.expect("Loading the model: ")
    screen.type("\x03")
    assert screen.end() == 130
    assert announced() == ()
    logs = Path(environ["YI_LOCAL_HOME"]) / "logs"
    assert soon(lambda: all(map(is_gone, pids_of(logs))))


def pids_of(logs: Path) -> list[int]:
    """Of the programs that had engines."""
    return [int(log.name.split("-")[1]) for log in logs.glob("engine-*.log")]


def test_its_log_is_for_its_owner_alone(yi: Yi, model: str, environ: dict[str, str]) -> None:
    detached(yi, model)
    [log] = Path(environ["YI_LOCAL_HOME"]).rglob("serve-*.log")
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_second_one_at_the_same_port_is_told_of_the_first(yi: Yi, model: str) -> None:
    url, pid = detached(yi, model)
    port = url.removesuffix("/v1").rpartition(":")[2]
    for more in ([], ["--detach"]):
        done = yi("serve", model, "--port", port, *more)
        assert done.returncode == 2
        assert f"yi serve (process {pid}) is there already: yi status" in done.stderr.decode()


def test_a_port_that_somebody_else_has_is_told_as_ever(yi: Yi, model: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = yi("serve", model, "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert b"0 takes a free one" in done.stderr


# Status


def test_where_nothing_runs_that_is_said_and_no_error(yi: Yi) -> None:
    done = yi("status")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"Nothing is loaded" in done.stderr
    assert yi("status", "--json").stdout == b"[]\n"


def test_what_is_loaded_is_told(yi: Yi, model: str) -> None:
    url, pid = detached(yi, model, worker=["--takes", "2", "--gpu", "8"])
    told = yi("status").stdout.decode()
    head, names, line = told.splitlines()
    base = url.removesuffix("/v1")
    assert re.fullmatch(rf"yi serve \(process {pid}\), at {base}, since \d\d:\d\d \(\d.*\)", head)
    assert names.split() == [
        "MODEL", "QUANT", "CONTEXT", "ON", "THE", "GPU", "MEMORY", "SINCE",
    ]  # fmt: skip
    assert line.split()[:5] == ["tiny", "Q4_K_M", "4,096", "CPU", "only"]
    [program] = json.loads(yi("status", "--json").stdout)
    assert (program["pid"], program["url"], program["kind"]) == (pid, base, "serve")
    [loaded] = program["models"]
    assert loaded["path"] == model
    assert (loaded["n_ctx"], loaded["n_gpu_layers"], loaded["n_layers"]) == (4096, 0, 3)
    assert loaded["process_bytes"] == 2 << 30
    assert {"token"} & program.keys() == set()


def test_a_serve_without_a_model_has_none_loaded(yi: Yi) -> None:
    detached(yi)
    assert "no model is loaded" in yi("status").stdout.decode()


def test_answers_and_those_who_wait_are_counted(yi: Yi, started: Start, model: str) -> None:
    with holding(Path(model).parent) as (live, _):
        process = started("run", model, "tick")
        assert process.stdout.read(5) == b"tick "
        assert "1 answer is being written, 0 requests wait" in yi("status").stdout.decode()
        assert not live.is_idle()


def test_a_program_that_does_not_answer_in_time_is_listed(yi: Yi, environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        announce(program(f"http://127.0.0.1:{deaf.getsockname()[1]}"))
        assert "too busy to answer" in yi("status").stdout.decode()
        assert json.loads(yi("status", "--json").stdout)[0]["models"] is None
        done = yi("stop")
        assert done.returncode == 1
        assert b"does not answer" in done.stderr
        announced()


def test_names_are_cleaned_and_columns_stand_below_their_heads(
    yi: Yi, tmp_path: Path, model: str
) -> None:
    name = "\x1b]0;owned\x07模型"
    (tmp_path / f"{name}.gguf").write_bytes(Path(model).read_bytes())
    with holding(tmp_path, name=name, loaded=False) as (live, _):
        list(live.models.open_file(tmp_path / f"{name}.gguf", name).load(lambda: False))
        shown = yi("status").stdout.decode()
    assert "\x1b" not in shown
    _, head, line = shown.splitlines()
    assert "模型" in line
    assert width_of(line.partition("Q4_K_M")[0]) == width_of(head.partition("QUANT")[0])


# Stop


def test_where_nothing_runs_there_is_nothing_to_stop(yi: Yi) -> None:
    done = yi("stop")
    assert (done.returncode, done.stderr) == (0, b"No yi serve runs.\n")


def test_every_serve_is_stopped_or_the_one_that_is_named(yi: Yi, model: str) -> None:
    (_, one), (_, two), (_, three) = (detached(yi, model) for _ in range(3))
    assert yi("stop", str(two)).returncode == 0
    assert {each.pid for each in announced()} == {one, three}
    assert yi("stop").returncode == 0
    assert announced() == ()


@pytest.mark.parametrize(("argv", "sentence"), [(["1"], "is no yi serve"), (["x"], "whole number")])
def test_what_is_none_cannot_be_stopped(yi: Yi, argv: list[str], sentence: str) -> None:
    done = yi("stop", *argv)
    assert done.returncode == 2
    assert sentence in done.stderr.decode()


def test_the_app_is_told_of_and_goes_on(yi: Yi, model: str) -> None:
    with holding(Path(model).parent, kind="app") as (live, held):
        done = yi("stop")
        assert done.returncode == 0
        assert f"the app (process {held.pid}) goes on".encode() in done.stderr
        assert yi("stop", str(held.pid)).returncode == 2
        assert not live.server.should_exit
        assert "the app (process" in yi("status").stdout.decode()


def test_one_that_was_killed_is_forgotten(yi: Yi, model: str) -> None:
    _, pid = detached(yi, model)
    os.kill(pid, signal.SIGKILL)
    assert soon(lambda: is_gone(pid))
    assert yi("status", "--json").stdout == b"[]\n"
    done = yi("run", model, "say hello")
    assert (done.returncode, done.stdout) == (0, b"hello\n")


def test_answers_that_run_are_ended_by_a_stop(yi: Yi, started: Start, model: str) -> None:
    detached(yi, model)
    process = started("run", model, "tick")
    assert process.stdout.read(5) == b"tick "
    assert yi("stop").returncode == 0
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"error: " in said

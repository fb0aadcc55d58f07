"""`yi run` while another program has the model loaded: the same answers, without loading."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import without_plan
from tests.holding import holding, program
from tests.server.live import Live, soon
from yi_local.assistant.warm.programs import announce, announced

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]
Start = Callable[..., Any]
Command = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def own_home(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", environ["YI_LOCAL_HOME"])


@pytest.fixture
def held(model: str) -> Iterator[Live]:
    """It has loaded the model, with an engine that no `yi run` of these tests can start."""
    with holding(Path(model).parent, ["--context", "8192"]) as (live, _):
        yield live


def engine_pid(done: "subprocess.CompletedProcess[bytes]") -> int:
    return int(done.stdout)


def held_pid(live: Live) -> int:
    return live.models.opened()[0].engine.process_id or 0


def is_attached(done: "subprocess.CompletedProcess[bytes]", live: Live) -> bool:
    return engine_pid(done) == held_pid(live)


def test_the_loaded_model_answers_and_nothing_is_planned_or_told(
    yi: Yi, model: str, held: Live
) -> None:
    done = yi("run", model, "pid")
    assert is_attached(done, held)
    assert done.stderr == b""
    assert not hasattr(done, "told")  # the plan of a load


@pytest.mark.parametrize(
    "argv",
    [
        ["say hello"],
        ["--json", "say hello"],
        ["--raw", "say more"],
        ["--system", "Be brief.", "messages"],
        ["--seed", "7", "--temperature", "0.5", "--stop", "x", "--logit-bias", "5=-1", "sampling"],
        ["-n", "3", "cut"],
        ["-f", "FILE", "what now"],
        ["nothing"],
        ["half abort"],
        ["--json", "half kill"],
        ["dead exit"],
        ["--schema", "SCHEMA", "say 1"],
        ["--schema", "SCHEMA", 'say {"a": 1}'],
        ["--temperature", "-1", "say hello"],
        ["--grammar", "missing", "say hello"],
        [],
        ["escape"],
        ["too long"],
    ],
    ids=" ".join,
)
def test_output_talk_and_exit_code_are_those_of_a_model_loaded_for_it(
    yi: Yi, model: str, tmp_path: Path, argv: list[str]
) -> None:
    (tmp_path / "notes.txt").write_text("buy milk\n")
    (tmp_path / "schema.json").write_text('{"type": "object"}')
    files = {"FILE": str(tmp_path / "notes.txt"), "SCHEMA": str(tmp_path / "schema.json")}
    argv = [files.get(word, word) for word in argv]
    worker = ["--context", "8192"]
    with holding(Path(model).parent, worker):
        attached = yi("run", model, *argv, worker=worker)
    alone = yi("run", model, "--no-attach", *argv, worker=worker)
    assert attached.returncode == alone.returncode
    assert attached.stdout == alone.stdout
    assert told(attached.stderr) == told(alone.stderr)


def told(stderr: bytes) -> list[str]:
    """Without what names a process or its log."""
    lines = stderr.decode().splitlines()
    return [line for line in lines if not line.startswith("hint: Its whole log is")]


def test_nothing_is_imported_that_finds_plans_or_loads_a_model(
    command: Command, environ: dict[str, str], model: str, held: Live
) -> None:
    python, *rest = command("run", model, "say hello")
    line = [python, "-X", "importtime", *rest]
    done = subprocess.run(line, env=environ, capture_output=True, text=True, timeout=30)
    assert done.stdout == "hello\n"
    report = done.stderr.splitlines()
    imported = {row.rpartition("|")[2].strip() for row in report}
    assert "yi_local.cli.run.attached" in imported
    rooms = ("catalogue", "gguf_file", "hub", "planner", "server", "store")
    heavy = ("asyncio", "huggingface_hub", "jsonschema", "llama_cpp", "numpy", "sqlite3", "textual")
    for name in (*heavy, *(f"yi_local.{room}" for room in rooms)):
        found = {each for each in imported if each == name or each.startswith(f"{name}.")}
        assert found <= {"yi_local.planner", "yi_local.planner.sizes"}, found


def test_piped_text_is_asked_too(yi: Yi, model: str, held: Live) -> None:
    assert yi("run", model, "pid", input=b"").stdout == yi("run", model, input=b"pid").stdout
    assert is_attached(yi("run", model, input=b"pid\n"), held)


def test_with_stats_it_says_who_has_answered(yi: Yi, model: str, held: Live) -> None:
    said = yi("run", model, "--stats", "say hello").stderr.decode().splitlines()
    assert said[0] == f"answered by the model that yi serve (process {os.getpid()}) holds"
    assert said[1].startswith("prompt ")
    assert len(said) == 2


@pytest.mark.parametrize(
    "option",
    [["--no-attach"], ["--ctx", "512"], ["--gpu-layers", "0"], ["--kv-type", "q8_0"],
     ["--threads", "1"], ["--force"]],
    ids=lambda option: option[0],
)  # fmt: skip
def test_what_is_to_be_loaded_in_its_own_way_is_loaded(
    yi: Yi, model: str, held: Live, option: list[str]
) -> None:
    done = yi("run", model, *option, "pid")
    assert done.returncode == 0
    assert not is_attached(done, held)
    assert done.told.startswith("plan: ")  # type: ignore[attr-defined]


@pytest.mark.parametrize("option", ["--offline", "--pull"])
def test_how_it_would_be_fetched_does_not_matter(
    yi: Yi, model: str, held: Live, option: str
) -> None:
    assert is_attached(yi("run", model, option, "pid"), held)


def test_another_model_is_loaded_as_ever(yi: Yi, model: str, held: Live, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(Path(model).read_bytes())
    assert not is_attached(yi("run", str(other), "pid"), held)
    done = yi("run", str(tmp_path / "none.gguf"), "pid")
    assert done.returncode == 3


def test_a_prompt_that_is_longer_than_what_is_loaded_is_answered_by_a_load(
    yi: Yi, model: str
) -> None:
    with holding(Path(model).parent, ["--context", "20"]) as (live, _):
        long = "word " * 30 + "end"
        assert is_attached(yi("run", model, "pid"), live)
        done = yi("run", model, long, worker=["--context", "8192"])
        assert (done.returncode, done.stdout.decode()) == (0, f"{long}\n")
        assert done.told.startswith("plan: ")  # type: ignore[attr-defined]


def test_a_file_that_is_left_over_keeps_nobody_from_loading(yi: Yi, model: str) -> None:
    announce(program("http://127.0.0.1:9"))
    done = yi("run", model, "say hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"hello\n", b"")
    assert announced() == ()


def test_a_model_that_is_unloaded_meanwhile_is_loaded(yi: Yi, started: Start, model: str) -> None:
    with holding(Path(model).parent) as (live, _):
        for each in live.models.opened():
            live.models.close_model(each)
        done = yi("run", model, "say hello")
        assert (done.returncode, done.stdout) == (0, b"hello\n")
        assert done.told.startswith("plan: ")  # type: ignore[attr-defined]


def test_ctrl_c_keeps_what_came(started: Start, model: str, held: Live) -> None:
    process = started("run", model, "--stats", "tick")
    assert process.stdout.read(5) == b"tick "
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert rest.endswith(b"\n")
    assert not rest.strip(b"tick \n")
    assert b"prompt 6 tokens" in said
    assert soon(held.is_idle)


def test_a_run_that_is_killed_is_cancelled(started: Start, model: str, held: Live) -> None:
    process = started("run", model, "tick")
    assert process.stdout.read(5) == b"tick "
    assert not held.is_idle()
    process.kill()
    assert soon(held.is_idle)


def test_a_reader_that_goes_ends_it(started: Start, model: str, held: Live) -> None:
    process = started("run", model, "tick")
    assert process.stdout.read(5) == b"tick "
    process.stdout.close()
    assert process.wait(30) == 0
    process.stdout = None
    assert soon(held.is_idle)


def test_a_server_that_is_stopped_in_the_middle_is_an_error_in_words(
    started: Start, model: str, held: Live
) -> None:
    process = started("run", model, "tick")
    assert process.stdout.read(5) == b"tick "
    threading.Thread(target=held.server.stop).start()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.startswith(b"error: ")
    assert b"Traceback" not in said


def test_while_it_is_busy_a_run_waits_for_its_turn(yi: Yi, started: Start, model: str) -> None:
    from yi_local.server.serving import Limits

    with holding(Path(model).parent, limits=Limits(parallel=1)) as (live, _):
        first = started("run", model, "tick")
        assert first.stdout.read(5) == b"tick "
        second = started("run", model, "pid")
        assert soon(lambda: live.serving.slots.n_waiting == 1)
        first.send_signal(signal.SIGINT)
        out, _ = second.communicate(timeout=30)
        assert int(out) == held_pid(live)


# Conversations


def test_what_is_saved_is_answered_there_and_kept_here(yi: Yi, model: str, held: Live) -> None:
    done = yi("run", model, "--save", "pid")
    assert is_attached(done, held)
    assert done.stderr == b"note: saved as conversation 1\n"
    again = yi("run", model, "--continue", "messages")
    assert [each["content"] for each in json.loads(again.stdout)] == [
        "pid", done.stdout.decode().strip(), "messages",
    ]  # fmt: skip
    nodes = json.loads(yi("history", "show", "1", "--json").stdout)["messages"]
    assert [node["role"] for node in nodes] == ["user", "assistant"] * 2
    receipt = nodes[1]["receipt"]
    assert receipt["filename"] == "tiny.gguf"
    assert receipt["load"]["n_ctx"]


def test_a_kept_answer_that_is_cut_keeps_what_came(
    yi: Yi, started: Start, model: str, held: Live
) -> None:
    process = started("run", model, "--save", "tick")
    assert process.stdout.read(5) == b"tick "
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    nodes = json.loads(yi("history", "show", "1", "--json").stdout)["messages"]
    assert nodes[1]["content"].startswith("tick ")
    assert nodes[1]["finish_reason"] == "cancelled"


# The real thing


@pytest.mark.model
def test_the_demo_model_answers_alike_attached_and_not(
    environ: dict[str, str], tmp_path: Path, demo_model: Path
) -> None:
    import sys

    def yi(*argv: str) -> "subprocess.CompletedProcess[bytes]":
        line = [sys.executable, "-W", "error", "-m", "yi_local", *argv]
        return without_plan(subprocess.run(line, env=environ, capture_output=True, timeout=120))

    begun = yi("serve", "demo", "--detach", "--port", "0", "--json")
    assert begun.returncode == 0, begun.stderr
    try:
        asked = ("run", "demo", "--temperature", "0", "-n", "8", "Name the capital of France.")
        attached, alone = yi(*asked, "--stats"), yi(*asked, "--no-attach")
        assert attached.stdout == alone.stdout
        assert b"answered by the model that yi serve" in attached.stderr
        [told] = json.loads(yi("status", "--json").stdout)
        assert told["pid"] == json.loads(begun.stdout)["pid"]
        assert [each["name"] for each in told["models"]] == ["demo"]
    finally:
        assert yi("stop").returncode == 0

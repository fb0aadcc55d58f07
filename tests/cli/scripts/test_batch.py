"""`yi batch`: a real process, a stand-in engine."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.batches import records, texts, write_lines

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., str]:
    return lambda *values: str(write_lines(tmp_path / "in.jsonl", values))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def test_every_line_is_answered_in_the_order_of_the_input(
    yi: Yi, model: str, given: Any, out: Path
) -> None:
    asked = [f"say number {n} {'x' * (n % 7)}" for n in range(40)]
    done = yi("batch", given(*asked), "-o", str(out), model)
    assert (done.returncode, done.stdout) == (0, b"")
    assert texts(out) == [text.removeprefix("say ") for text in asked]
    assert [record["id"] for record in records(out)] == list(range(1, 41))
    assert done.stderr.startswith(b"done: 40 lines; ")
    assert not out.with_name("out.jsonl.waiting").exists()


def test_a_line_of_the_output_says_what_a_script_wants_to_know(
    yi: Yi, model: str, given: Any
) -> None:
    done = yi("batch", given({"id": "q", "prompt": "one two"}), model, "--seed", "40")
    [record] = records(done.stdout)
    assert list(record) == ["id", "text", "finish_reason", "usage", "seed", "line", "input"]
    assert (record["id"], record["text"], record["finish_reason"]) == ("q", "one two", "stop")
    assert record["usage"] == {"prompt_tokens": 7, "cached_tokens": 0, "completion_tokens": 2}
    assert (record["seed"], record["line"]) == (41, 1)


def test_lines_come_from_a_pipe_and_go_into_one(yi: Yi, model: str) -> None:
    done = yi("batch", "-", model, input=b'{"prompt": "say a"}\n\n{"prompt": "say b"}')
    assert (done.returncode, texts(done.stdout)) == (0, ["a", "b"])
    assert [record["line"] for record in records(done.stdout)] == [1, 3]


def test_unordered_answers_are_the_same_in_any_order(yi: Yi, model: str, given: Any) -> None:
    asked = [f"say {n}" for n in range(30)]
    done = yi("batch", given(*asked), model, "--unordered")
    assert sorted(texts(done.stdout)) == sorted(text.removeprefix("say ") for text in asked)


def test_options_hold_for_lines_that_do_not_say_otherwise(yi: Yi, model: str, given: Any) -> None:
    asked = ["sampling", {"prompt": "sampling", "temperature": 0.25}, "messages"]
    done = yi("batch", given(*asked), model, "--temperature", "0.5", "--system", "Be brief.")
    first, second, third = (json.loads(text) for text in texts(done.stdout))
    assert (first["temperature"], second["temperature"]) == (0.5, 0.25)
    assert third[0] == {"role": "system", "content": "Be brief."}


def test_a_bad_line_is_an_error_line_and_the_others_are_answered(
    yi: Yi, model: str, given: Any
) -> None:
    done = yi("batch", given("say a", b"{", {"id": "x", "prompt": 5}, "say b"), model)
    assert done.returncode == 0
    assert texts(done.stdout) == ["a", None, None, "b"]
    bad = records(done.stdout)[2]
    assert bad["error"] == {"kind": "bad_line", "message": '"prompt" must be text.'}
    assert bad["id"] == "x"
    assert b"done: 4 lines; 2 of them errors; " in done.stderr


def test_strict_looks_at_every_line_before_anything_is_loaded(
    yi: Yi, model: str, given: Any, out: Path
) -> None:
    done = yi("batch", given("say a", b"{"), model, "-o", str(out), "--strict")
    assert (done.returncode, out.read_bytes()) == (2, b"")
    assert b"error: Line 2: The line is not JSON" in done.stderr
    assert not hasattr(done, "told")
    piped = yi("batch", "-", model, "--strict", "--parallel", "1", input=b'{"prompt": "a"}\n{\n')
    assert piped.returncode == 2


def test_a_prompt_that_is_too_long_is_an_error_line(yi: Yi, model: str, given: Any) -> None:
    done = yi("batch", given("too long", "say a"), model)
    assert (done.returncode, texts(done.stdout)) == (0, [None, "a"])
    error = records(done.stdout)[0]["error"]
    assert error["kind"] == "prompt_too_long"
    assert "9,0" in error["message"]
    assert yi("batch", given("too long"), model, "--strict").returncode == 5


def test_an_answer_that_does_not_satisfy_its_schema_is_an_error_with_the_answer(
    yi: Yi, model: str, given: Any
) -> None:
    schema = {"type": "object", "required": ["age"]}
    asked = [{"prompt": f"say {text}", "schema": schema} for text in ('{"age": 3}', "{}")]
    done = yi("batch", given(*asked), model)
    good, bad = records(done.stdout)
    assert (good["text"], "error" in good) == ('{"age": 3}', False)
    assert (bad["text"], bad["error"]["kind"]) == ("{}", "schema_violation")


@pytest.mark.parametrize("parallel", ["1", "4"])
def test_when_the_engine_dies_it_is_loaded_again_and_only_the_guilty_line_fails(
    yi: Yi, model: str, given: Any, parallel: str
) -> None:
    asked = [f"say {n}" for n in range(12)]
    asked[5] = "dead kill"
    done = yi("batch", given(*asked), model, "--parallel", parallel)
    assert done.returncode == 0
    assert texts(done.stdout) == [*map(str, range(5)), None, *map(str, range(6, 12))]
    assert records(done.stdout)[5]["error"]["kind"] == "engine_died"
    assert done.stderr.count(b"It is loaded again.") == 3


def test_an_engine_that_dies_under_every_line_ends_the_batch(
    yi: Yi, model: str, given: Any, out: Path
) -> None:
    done = yi("batch", given(*["dead kill"] * 30), model, "-o", str(out), "--parallel", "1")
    assert done.returncode == 1
    assert b"error: The engine process has ended" in done.stderr
    assert len(records(out)) < 6


# -- going on


def test_a_second_run_has_nothing_to_do_and_loads_nothing(
    yi: Yi, model: str, given: Any, out: Path
) -> None:
    argv = ("batch", given("say a", "say b"), model, "-o", str(out))
    assert yi(*argv).returncode == 0
    before = out.read_bytes()
    again = yi(*argv)
    assert (again.returncode, out.read_bytes()) == (0, before)
    assert again.stderr == b"Nothing is left to do: every line has its answer.\n"


def test_a_torn_last_line_is_cut_off_and_made_again(
    yi: Yi, model: str, given: Any, out: Path
) -> None:
    argv = ("batch", given("say a", "say b", "say c"), model, "-o", str(out))
    yi(*argv)
    whole = out.read_bytes()
    for size in (len(whole) - 1, len(whole) // 2, 5, 0):
        out.write_bytes(whole[:size])
        assert yi(*argv).returncode == 0
        assert texts(out) == ["a", "b", "c"]


def test_lines_that_were_added_to_the_input_are_answered(
    yi: Yi, model: str, given: Any, out: Path
) -> None:
    yi("batch", given("say a"), model, "-o", str(out))
    yi("batch", given("say a", "say b"), model, "-o", str(out))
    assert texts(out) == ["a", "b"]


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        (("say a", "say x"), ()),
        (("say a",), ()),
        (("say a", "say b"), ("--temperature", "0")),
        (("say a", "say b"), ("--system", "Be brief.")),
    ],
)
def test_another_input_or_another_option_is_noticed(
    yi: Yi, model: str, given: Any, out: Path, asked: tuple[str], options: tuple[str]
) -> None:
    yi("batch", given("say a", "say b"), model, "-o", str(out))
    before = out.read_bytes()
    argv = ("batch", given(*asked), model, "-o", str(out), *options)
    done = yi(*argv)
    assert (done.returncode, out.read_bytes()) == (2, before)
    assert b"--restart" in done.stderr
    assert yi(*argv, "--restart").returncode == 0
    assert len(records(out)) == len(asked)


def test_a_piped_input_goes_on_too_and_a_change_in_it_is_noticed(
    yi: Yi, model: str, out: Path
) -> None:
    argv = ("batch", "-", model, "-o", str(out))
    yi(*argv, input=b'{"prompt": "say a"}\n')
    assert yi(*argv, input=b'{"prompt": "say a"}\n{"prompt": "say b"}\n').returncode == 0
    assert texts(out) == ["a", "b"]
    assert yi(*argv, input=b'{"prompt": "say a"}\n').returncode == 2
    assert yi(*argv, input=b'{"prompt": "say c"}\n').returncode == 2


def test_a_file_of_something_else_is_left_alone(yi: Yi, model: str, given: Any, out: Path) -> None:
    for content in (b'{"my": "data"}\n', b"plain\ntext"):
        out.write_bytes(content)
        done = yi("batch", given("say a"), model, "-o", str(out))
        if content.endswith(b"\n"):
            assert (done.returncode, out.read_bytes()) == (2, content)
            assert b"its line 1 is none of yi batch's" in done.stderr
        else:
            assert (done.returncode, out.read_bytes()) == (2, content)


def test_the_input_is_never_written_into(yi: Yi, model: str, given: Any) -> None:
    file = given("say a")
    done = yi("batch", file, model, "-o", file, "--restart")
    assert done.returncode == 2
    assert texts(Path(file)) == [None]


def test_two_at_once_do_not_write_the_same_output(
    yi: Yi, started: Any, model: str, given: Any, out: Path
) -> None:
    argv = ("batch", given("say a", "wait"), model, "-o", str(out), "--parallel", "1")
    first = started(*argv)
    deadline = time.monotonic() + 30
    while not out.exists() or not out.stat().st_size:
        assert time.monotonic() < deadline
    second = yi(*argv)
    assert second.returncode == 2
    assert b"Another yi batch is writing" in second.stderr
    first.kill()


def test_ctrl_c_leaves_nothing_half_and_the_same_command_goes_on(
    yi: Yi, started: Any, model: str, given: Any, out: Path
) -> None:
    file = given("say a", "say b", "tick", "say c")
    process = started("batch", file, model, "-o", str(out), "--parallel", "1")
    deadline = time.monotonic() + 30
    while not out.exists() or out.read_bytes().count(b"\n") < 2:
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Stopped at 2 of 4 lines. The same command goes on from there.\n" in said
    assert texts(out) == ["a", "b"]


@pytest.mark.parametrize("name", ["none.jsonl", "."])
def test_an_input_that_cannot_be_read_is_a_usage_error(
    yi: Yi, model: str, tmp_path: Path, out: Path, name: str
) -> None:
    done = yi("batch", str(tmp_path / name), model, "-o", str(out))
    assert done.returncode == 2
    assert b"cannot be read" in done.stderr


def test_an_output_that_cannot_be_written_is_a_usage_error(
    yi: Yi, model: str, given: Any, tmp_path: Path
) -> None:
    done = yi("batch", given("say a"), model, "-o", str(tmp_path / "no" / "out.jsonl"))
    assert done.returncode == 2
    assert b"cannot be written" in done.stderr


def test_as_many_sequences_are_loaded_as_run_together(yi: Yi, model: str, given: Any) -> None:
    done = yi("batch", given("options"), model, "--parallel", "20")
    [text] = texts(done.stdout)
    assert json.loads(text or "")["n_seq_max"] == 20
    assert yi("batch", given("say a"), model, "--parallel", "257").returncode == 2


def test_one_at_a_time_with_a_seed_nothing_is_shared_between_lines(
    yi: Yi, model: str, given: Any
) -> None:
    for options, exact in (("--seed", "1"), True), ((), False):
        done = yi("batch", given("options"), model, "--parallel", "1", *options)
        loaded = json.loads(texts(done.stdout)[0] or "")
        assert (loaded["n_seq_max"] == 1) == exact
        assert loaded["reuse_prefixes"] != exact

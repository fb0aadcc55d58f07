"""`yi run` in pipes: a real process, a real client, a stand-in engine."""

import json
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from yi_local.errors import YiLocalError

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


def test_stdout_carries_the_answer_and_nothing_else(yi: Yi, model: str) -> None:
    done = yi("run", model, "say 你好，世界 🦊")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "你好，世界 🦊\n", b"")


@pytest.mark.parametrize("text", ["end", "end\n", "end\n\n\n", "two\n\nlines\n"])
def test_the_answer_ends_with_exactly_one_newline(yi: Yi, model: str, text: str) -> None:
    done = yi("run", model, input=f"say {text}\n".encode())
    assert done.stdout.decode() == text.rstrip("\n") + "\n"


def test_an_empty_answer_is_an_empty_line(yi: Yi, model: str) -> None:
    assert yi("run", model, "nothing").stdout == b"\n"


@pytest.mark.parametrize(
    ("argument", "piped", "prompt"),
    [
        (["question"], b"", "question"),
        ([], b"piped\n", "piped"),
        ([], b"two\nlines\n\n", "two\nlines\n"),
        (["Summarize:"], b"text\n", "Summarize:\ntext"),
        ([], "\ufeff你好".encode(), "你好"),
        ([], "你好，龘".encode("gb18030"), "你好，龘"),
        ([], b"Windows\r\n", "Windows"),
        (["--", "--5"], b"", "--5"),
    ],
)
def test_the_prompt_is_the_argument_then_what_is_piped(
    yi: Yi, model: str, argument: list[str], piped: bytes, prompt: str
) -> None:
    done = yi("run", model, "--system", "x", *argument, input=piped)
    assert done.stdout.decode() == prompt.rstrip("\n") + "\n"


def test_an_argument_in_another_encoding_is_understood(yi: Yi, model: str) -> None:
    done = yi("run", model, os.fsdecode("你好".encode("gb18030")))
    assert done.stdout.decode() == "你好\n"


def test_options_may_stand_before_and_between_and_after(yi: Yi, model: str) -> None:
    for argv in (
        ["--seed", "5", model, "--raw", "sampling"],
        [model, "--raw", "--seed", "5", "sampling"],
        [model, "sampling", "--raw", "--seed", "5"],
    ):
        assert json.loads(yi("run", *argv).stdout)["seed"] == 5


def test_no_prompt_at_all_is_a_usage_error(yi: Yi, model: str) -> None:
    done = yi("run", model)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"There is no prompt." in done.stderr


def test_the_system_prompt_comes_first(yi: Yi, model: str) -> None:
    sent = json.loads(yi("run", model, "--system", "Be brief.", "messages").stdout)
    assert [item["role"] for item in sent] == ["system", "user"]


def test_raw_sends_the_text_without_messages(yi: Yi, model: str) -> None:
    assert yi("run", model, "--raw", "messages").stdout == b"null\n"


def test_raw_with_a_system_prompt_is_a_usage_error(yi: Yi, model: str) -> None:
    assert yi("run", model, "--raw", "--system", "x", "hello").returncode == 2


def test_load_options_reach_the_engine(yi: Yi, model: str) -> None:
    done = yi("run", model, "--ctx", "512", "--gpu-layers", "0", "--threads", "1", "options")
    options = json.loads(done.stdout)
    assert (options["path"], options["n_ctx"]) == (model, 512)
    assert (options["n_gpu_layers"], options["n_threads"]) == (0, 1)


def test_the_demo_model_gets_its_makers_sampling(yi: Yi) -> None:
    sampling = json.loads(yi("run", "demo", "--top-k", "3", "sampling").stdout)
    assert (sampling["temperature"], sampling["top_p"], sampling["top_k"]) == (0.2, 0.9, 3)


def test_json_is_one_object_on_one_line(yi: Yi, model: str) -> None:
    done = yi("run", model, "--json", "say 你好\n", worker=["--diagnosis"])
    assert done.stdout.count(b"\n") == 1
    answer = json.loads(done.stdout)
    assert (answer["text"], answer["finish_reason"], answer["model"]) == ("你好\n", "stop", "Fake")
    assert answer["usage"]["prompt_tokens"] == 9
    assert answer["diagnoses"][0]["name"] == "end-token-not-eog"
    assert "你好".encode() in done.stdout


def test_what_was_found_about_the_model_is_one_line_on_stderr(yi: Yi, model: str) -> None:
    done = yi("run", model, "hello", worker=["--diagnosis"])
    assert done.stderr.decode() == (
        "note: Its end token does not end an answer. It does now. (end-token-not-eog)\n"
    )


def test_stats_are_one_line_on_stderr(yi: Yi, model: str) -> None:
    done = yi("run", model, "--stats", "one two")
    assert done.stdout == b"one two\n"
    assert done.stderr.decode() == (
        "prompt 7 tokens, 100.0 tokens/s; answer 2 tokens, 20.0 tokens/s; "
        "first token after 250 ms; loaded in 10 ms; CPU only\n"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-n", "3"], "note: cut after 3 tokens, as --max-tokens asks\n"),
        ([], "note: cut because the context of 4,096 tokens is full; --ctx makes it larger\n"),
    ],
)
def test_a_cut_answer_is_never_silent(yi: Yi, model: str, options: list[str], said: str) -> None:
    done = yi("run", model, *options, "cut")
    assert (done.returncode, done.stderr.decode()) == (0, said)


def test_the_models_own_text_is_raw_in_a_pipe(yi: Yi, model: str) -> None:
    assert b"\x1b]52;c;aGVsbG8=\x07" in yi("run", model, "escape").stdout


# -- schemas

AGE = '{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}'


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "age.json"
    path.write_text(AGE)
    return str(path)


def test_a_schema_constrains_the_engine(yi: Yi, model: str, schema: str) -> None:
    done = yi("run", model, "--schema", schema, "--raw", "sampling")
    assert json.loads(done.stdout)["json_schema"] == AGE


def test_an_answer_that_satisfies_the_schema_is_done(yi: Yi, model: str, schema: str) -> None:
    done = yi("run", model, "--schema", schema, 'say {"age": 3}')
    assert (done.returncode, done.stdout) == (0, b'{"age": 3}\n')


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_answer_that_does_not_is_printed_with_exit_code_6(
    yi: Yi, model: str, schema: str, options: list[str]
) -> None:
    done = yi("run", model, "--schema", schema, *options, 'say {"age": "old"}')
    assert done.returncode == 6
    assert b"age" in done.stdout
    assert b"does not satisfy the schema: at $.age, 'old' is not of type 'integer'" in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [('{"type": 5}', "not a JSON schema"), ("type: object", "not JSON"), (None, "cannot be read")],
)
def test_a_schema_that_is_none_is_a_usage_error(
    yi: Yi, model: str, tmp_path: Path, content: str | None, said: str
) -> None:
    path = tmp_path / "schema"
    if content is not None:
        path.write_text(content)
    done = yi("run", model, "--schema", str(path), "hello")
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()


# -- failures


@pytest.mark.parametrize(
    ("kind", "code"), [("cannot_load", 4), ("not_found", 3), ("failed", YiLocalError.exit_code)]
)
def test_what_the_engine_reports_while_loading_has_its_exit_code(
    yi: Yi, model: str, kind: str, code: int
) -> None:
    done = yi("run", model, "hello", worker=["--load-error", kind])
    assert (done.returncode, done.stdout) == (code, b"")
    assert done.stderr == b"error: It will not load.\nhint: Try again.\n"


def test_an_engine_that_dies_while_loading_is_a_model_that_cannot_be_loaded(
    yi: Yi, model: str
) -> None:
    done = yi("run", model, "hello", worker=["--die-loading"])
    assert done.returncode == 4
    assert b"SIGKILL" in done.stderr


def test_a_missing_model_is_exit_code_3(yi: Yi, tmp_path: Path) -> None:
    assert yi("run", str(tmp_path / "none.gguf"), "hello").returncode == 3
    assert yi("run", "dmeo", "hello").returncode == 3


ONE_TENSOR = b"GGUF" + struct.pack("<IQQQ1sIQIQ", 3, 1, 0, 1, b"w", 1, 1024, 0, 0)  # 4,096 bytes


@pytest.mark.parametrize("name", ["run", "chat"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\nsize 3661000000\n", "Git-LFS pointer"),
        (b"once upon a time", "not a GGUF"),
        (b"", "is empty"),
        (b"GGUF\3\0\0", "cut short"),
        (ONE_TENSOR + bytes(100), "cut short"),
    ],
)
def test_a_file_that_is_no_model_is_exit_code_4_and_the_next_step(
    yi: Yi, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / "yi.gguf"
    path.write_bytes(content)
    done = yi(name, str(path), input=b"hello")
    problem, hint = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (4, b"")
    assert problem.startswith("error: ")
    assert said in problem
    assert hint.startswith("hint: ")


def test_a_folder_is_exit_code_3_and_tells_what_is_in_it(
    yi: Yi, model: str, tmp_path: Path
) -> None:
    done = yi("run", str(tmp_path), "hello")
    assert done.returncode == 3
    assert f"{tmp_path} is a folder.\nhint: Name a file in it: tiny.gguf" in done.stderr.decode()


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="the superuser may read every file"
)
def test_a_file_without_the_right_to_read_it_is_exit_code_4(yi: Yi, model: str) -> None:
    Path(model).chmod(0)
    done = yi("run", model, "hello")
    assert done.returncode == 4
    assert b"may not be read by you" in done.stderr


def test_a_prompt_longer_than_the_context_is_exit_code_5(yi: Yi, model: str) -> None:
    done = yi("run", model, "--json", "too long")
    assert (done.returncode, done.stdout) == (5, b"")
    assert b"hint: Shorten it" in done.stderr


def test_when_the_engine_dies_what_came_stays_and_the_reason_is_told(yi: Yi, model: str) -> None:
    done = yi("run", model, "half abort")
    assert (done.returncode, done.stdout) == (1, b"Half an ans\n")
    assert b"SIGABRT" in done.stderr
    assert b"\n  GGML_ASSERT(the fake) failed\n" in done.stderr


def test_in_json_a_dead_engine_is_finish_reason_error(yi: Yi, model: str) -> None:
    done = yi("run", model, "--json", "half kill")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["text"], answer["finish_reason"], answer["usage"]) == (
        "Half an ans",
        "error",
        None,
    )


def test_escape_sequences_in_a_path_do_not_reach_stderr(yi: Yi, tmp_path: Path) -> None:
    done = yi("run", str(tmp_path / "\x1b]0;owned\x07.gguf"), "hello")
    assert done.returncode == 3
    assert b"\x1b" not in done.stderr


# The plan of a load: a layer is a GiB for the stand-in, a token 64 KiB of f16


def test_what_was_chosen_is_told_in_one_line(yi: Yi, model: str) -> None:
    told = yi("run", model, "hello").told
    assert told.startswith("plan: Q4_K_M, context 16,384, CPU; 4.1 GiB of ")
    on_gpu = yi("run", model, "hello", worker=["--gpu", "8"]).told
    assert "3 of 3 layers on the GPU; " in on_gpu
    assert " of 8.0 GiB CUDA" in on_gpu


def test_what_does_not_fit_is_refused_with_numbers_unless_forced(yi: Yi, model: str) -> None:
    done = yi("run", model, "hello", "--ctx", "9999999")
    assert (done.returncode, done.stdout) == (4, b"")
    assert b"does not fit here: it needs 327 GiB of RAM" in done.stderr
    assert b"This would fit: --ctx 16384" in done.stderr
    forced = yi("run", model, "hello", "--ctx", "9999999", "--force")
    assert (forced.returncode, forced.stdout) == (0, b"hello\n")


@pytest.mark.parametrize("option", [("--gpu-layers", "20"), ("--threads", "512")])
def test_options_against_reality_are_refused_unless_forced(
    yi: Yi, model: str, option: tuple[str, str]
) -> None:
    done = yi("run", model, "hello", *option)
    assert (done.returncode, done.stdout) == (4, b"")
    assert option[1].encode() in done.stderr
    assert yi("run", model, "hello", *option, "--force").returncode == 0


def test_a_smaller_plan_is_tried_where_memory_runs_out_and_that_is_told(yi: Yi, model: str) -> None:
    done = yi("run", model, "hello", worker=["--room", "10000"])
    assert (done.returncode, done.stdout) == (0, b"hello\n")
    notes = done.stderr.decode().splitlines()
    assert notes[0].startswith("note: There is not enough memory for a context of 16384 tokens.")
    assert "Trying context 8,192" in notes[-1]


def test_the_kv_type_reaches_the_engine(yi: Yi, model: str) -> None:
    options = json.loads(yi("run", model, "--kv-type", "q8_0", "options").stdout)
    assert (options["type_k"], options["type_v"]) == ("q8_0", "q8_0")
    assert options["flash_attention"] is True


def test_a_plan_is_explicit_in_every_number(yi: Yi, model: str) -> None:
    options = json.loads(yi("run", model, "options", worker=["--gpu", "8"]).stdout)
    assert options["n_gpu_layers"] == 3
    assert None not in {
        options[name] for name in ("n_ctx", "n_threads", "n_ubatch", "use_mmap", "flash_attention")
    }

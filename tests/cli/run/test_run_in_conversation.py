"""`yi run` with files, and in conversations that are kept."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def notes(tmp_path: Path) -> str:
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n")
    return str(path)


def sent(done: "subprocess.CompletedProcess[bytes]") -> list[dict[str, str]]:
    """What the engine got, as the prompt "messages" makes it say."""
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def told(yi: Yi, number: int) -> list[tuple[str, str]]:
    done = yi("history", "show", str(number), "--json")
    return [(node["role"], node["content"]) for node in json.loads(done.stdout)["messages"]]


# -- files


def test_files_stand_before_the_question(yi: Yi, model: str, notes: str, tmp_path: Path) -> None:
    other = tmp_path / "b.txt"
    other.write_text("```\nx\n```")
    done = yi("run", model, "-f", notes, "-f", str(other), "What now?")
    assert done.stdout.decode() == (
        "notes.txt\n```\nbuy milk\n```\n\nb.txt\n````\n```\nx\n```\n````\n\nWhat now?\n"
    )


def test_a_file_alone_is_enough_of_a_prompt(yi: Yi, model: str, notes: str) -> None:
    assert yi("run", model, "-f", notes).stdout == b"notes.txt\n```\nbuy milk\n```\n"


def test_what_is_no_text_is_a_usage_error(yi: Yi, model: str, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0\0")
    for name in ("picture.png", "missing.txt", "."):
        assert yi("run", model, "-f", str(tmp_path / name), "What?").returncode == 2


@pytest.mark.parametrize("option", [["-f", "x"], ["--save"], ["--continue"], ["-c", "1"]])
def test_raw_has_no_place_for_files_and_conversations(
    yi: Yi, model: str, option: list[str]
) -> None:
    done = yi("run", model, "--raw", *option, "hello")
    assert done.returncode == 2
    assert f"--raw takes no {option[0]}".encode() in done.stderr


# -- conversations


def test_a_plain_run_is_saved_nowhere(yi: Yi, model: str) -> None:
    yi("run", model, "say a")
    assert json.loads(yi("history", "--json").stdout)["conversations"] == []


def test_save_begins_a_conversation_and_continue_goes_on_in_the_last_one(
    yi: Yi, model: str
) -> None:
    first = yi("run", model, "--save", "--system", "Be brief.", "My name is Ada.")
    assert (first.returncode, first.stdout) == (0, b"My name is Ada.\n")
    assert first.stderr == b"note: saved as conversation 1\n"
    second = yi("run", model, "--continue", "messages")
    assert [item["content"] for item in sent(second)] == [
        "Be brief.",
        "My name is Ada.",
        "My name is Ada.",
        "messages",
    ]
    assert len(told(yi, 1)) == 4


def test_c_goes_on_in_the_conversation_that_is_named(yi: Yi, model: str) -> None:
    yi("run", model, "--save", "say one")
    yi("run", model, "--save", "say two")
    assert sent(yi("run", model, "-c", "1", "messages"))[1]["content"] == "one"
    assert len(told(yi, 1)) == 4
    assert len(told(yi, 2)) == 2


def test_no_save_leaves_a_conversation_as_it_was(yi: Yi, model: str) -> None:
    yi("run", model, "--save", "say one")
    done = yi("run", model, "--continue", "--no-save", "messages")
    assert len(sent(done)) == 3
    assert len(told(yi, 1)) == 2


def test_options_hold_for_the_answer_and_not_for_the_conversation(
    yi: Yi, model: str, tmp_path: Path
) -> None:
    schema = tmp_path / "s.json"
    schema.write_text('{"type": "object"}')
    form = ("--schema", str(schema))
    assert yi("run", model, "--save", *form, 'say {"a": 1}').returncode == 0
    sampling = json.loads(yi("run", model, "--continue", "--top-k", "3", "sampling").stdout)
    assert (sampling["top_k"], sampling["json_schema"]) == (3, None)
    sampling = json.loads(yi("run", model, "--continue", "sampling").stdout)
    assert sampling["top_k"] != 3
    done = yi("run", model, "--continue", *form, "say none")
    assert done.returncode == 6


def test_a_system_prompt_is_that_of_the_conversation_from_now_on(yi: Yi, model: str) -> None:
    yi("run", model, "--save", "say one")
    yi("run", model, "--continue", "--system", "Rhyme.", "say two")
    assert sent(yi("run", model, "--continue", "messages"))[0]["content"] == "Rhyme."


def test_attachments_are_kept_with_their_question(yi: Yi, model: str, notes: str) -> None:
    yi("run", model, "--save", "-f", notes, "say one")
    done = yi("run", model, "--continue", "messages")
    assert sent(done)[0]["content"].startswith("notes.txt\n```\nbuy milk")


def test_json_tells_the_conversation(yi: Yi, model: str) -> None:
    done = yi("run", model, "--save", "--json", "--stats", "say one")
    value = json.loads(done.stdout)
    assert (value["text"], value["conversation"]) == ("one", 1)
    assert b"answer 2 tokens" in done.stderr
    assert "conversation" not in json.loads(yi("run", model, "--json", "say one").stdout)


def test_what_does_not_fit_is_refused_with_numbers_and_not_kept(yi: Yi, model: str) -> None:
    small = ["--context", "200"]
    yi("run", model, "--save", "say " + "old " * 90)
    for _ in range(2):
        done = yi("run", model, "--continue", "say " + "new " * 60, worker=small)
        assert done.returncode == 5
        assert b"The context holds 200" in done.stderr
    assert len(told(yi, 1)) == 2


def test_fit_leaves_out_the_oldest_and_says_so(yi: Yi, model: str) -> None:
    yi("run", model, "--save", "say " + "old " * 90)
    argv = ("run", model, "--continue", "--fit", "say " + "new " * 60)
    done = yi(*argv, worker=["--context", "200"])
    assert done.returncode == 0
    assert done.stderr == (b"note: the context is full; the 2 oldest messages are left out\n")
    assert len(told(yi, 1)) == 4


def test_a_question_that_fits_no_context_is_refused_even_to_fit(yi: Yi, model: str) -> None:
    for option in ((), ("--save",)):
        done = yi("run", model, *option, "--fit", "too long")
        assert (done.returncode, done.stdout) == (5, b"")
    assert json.loads(yi("history", "--json").stdout)["conversations"] == []


@pytest.mark.parametrize(
    ("options", "code"), [(["--continue"], 2), (["-c", "7"], 2), (["-c", "x"], 2)]
)
def test_a_conversation_that_is_not_there_is_a_usage_error(
    yi: Yi, model: str, options: list[str], code: int
) -> None:
    assert yi("run", model, *options, "hello").returncode == code


def test_when_the_engine_dies_what_came_is_kept(yi: Yi, model: str) -> None:
    done = yi("run", model, "--save", "half kill")
    assert (done.returncode, done.stdout) == (1, b"Half an ans\n")
    assert told(yi, 1)[1] == ("assistant", "Half an ans")


def test_settings_that_keep_nothing_are_heeded_and_save_overrules_them(
    yi: Yi, model: str, environ: dict[str, str]
) -> None:
    yi("run", model, "--save", "say one")
    settings = Path(environ["YI_LOCAL_HOME"]) / "config" / "settings.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("save_history = false\n")
    done = yi("run", model, "--continue", "say two")
    assert b"note: this is not saved, as your settings say" in done.stderr
    assert len(told(yi, 1)) == 2
    yi("run", model, "--continue", "--save", "say two")
    assert len(told(yi, 1)) == 4

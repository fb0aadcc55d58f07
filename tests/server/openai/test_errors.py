"""Errors have OpenAI's envelope and statuses, and no place of this machine in them."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local import errors
from yi_local.server.openai.paths_out import PLACE, without_paths
from yi_local.server.openai.write.errors import QueueFull, error_body, problem, unexpected_body
from yi_local.server.openai.wrong import WrongRequest


@pytest.mark.parametrize(
    ("error", "status", "kind", "code"),
    [
        (errors.ModelNotFound("x"), 404, "invalid_request_error", "model_not_found"),
        (errors.UsageError("x"), 400, "invalid_request_error", None),
        (errors.PromptTooLong("x"), 400, "invalid_request_error", "context_length_exceeded"),
        (errors.CannotLoad("x"), 503, "server_error", "model_not_loadable"),
        (errors.NotEnoughMemory("x"), 503, "server_error", "model_not_loadable"),
        (errors.EngineDied("x"), 500, "server_error", "engine_died"),
        (errors.YiLocalError("x"), 500, "server_error", None),
        (errors.SchemaViolation("x"), 500, "server_error", None),
        (QueueFull("x", retry_after_s=3), 429, "rate_limit_error", "rate_limit_exceeded"),
    ],
)
def test_each_error_has_its_status(
    error: errors.YiLocalError, status: int, kind: str, code: str | None
) -> None:
    assert error_body(error) == (
        status,
        {"error": {"message": "x", "type": kind, "param": None, "code": code}},
    )


def test_a_wrong_field_is_named_and_the_hint_is_told() -> None:
    status, body = error_body(WrongRequest("It is wrong.", "Mend it.", param="n", code="odd"))
    assert status == 400
    assert body["error"]["message"] == "It is wrong. Mend it."
    assert (body["error"]["param"], body["error"]["code"]) == ("n", "odd")


def test_the_caller_learns_how_long_to_wait_and_nothing_of_a_fault() -> None:
    assert QueueFull("x", retry_after_s=3).retry_after_s == 3
    status, body = unexpected_body()
    assert (status, body["error"]["type"]) == (500, "server_error")
    assert problem(401, "no", "invalid_api_key")["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Cannot open /home/alice/My Models/yi.gguf: no file.", "Cannot open yi.gguf: no file."),
        ("Look in /var/log/yi.log.", f"Look in {PLACE}."),
        ("读取/home/alice/模型/x 失败", f"读取{PLACE} 失败"),
        (r"C:\Users\Bob Smith\m\y.gguf is cut.", "y.gguf is cut."),
        (r"In \\server\share\a folder\f", f"In {PLACE}"),
        ("file:///home/a/b", PLACE),
        ("~/models/x (here)", f"{PLACE} (here)"),
        ("'/home/a b/c' and \"/d\"", f"'{PLACE}' and \"{PLACE}\""),
        ("path=/etc/passwd", f"path={PLACE}"),
    ],
)
def test_places_are_taken_out(text: str, told: str) -> None:
    assert without_paths(text) == told
    error = errors.CannotLoad("Broken.", text)
    assert error_body(error)[1]["error"]["message"] == f"Broken. {told}"


@pytest.mark.parametrize(
    "text",
    [
        "01-ai/Yi-1.5-6B-Chat and/or 12 tokens/s, 1/2",
        "See https://json-schema.org/understanding-json-schema explains.",
        "Use POST /v1/chat/completions.",
        "",
    ],
)
def test_what_is_no_place_stays(text: str) -> None:
    assert without_paths(text) == text


def test_known_folders_go_whatever_they_are_called() -> None:
    assert without_paths("In /mnt/a, b; c/x y.txt!", ["/mnt/a, b; c"]).startswith(f"In {PLACE}")
    assert "secret" not in without_paths("At D:\\secret; x\\y", ["D:\\secret; x"])


NAMES = st.text("abcXYZ019_-.猫é", min_size=3, max_size=8).filter(lambda name: name.strip("."))


@given(st.lists(NAMES, min_size=1, max_size=5), st.sampled_from(["", " ", "(", "'", "：", "="]),
       st.booleans())  # fmt: skip
def test_nothing_of_a_path_gets_out(names: list[str], before: str, windows: bool) -> None:
    path = str(PureWindowsPath("C:\\", *names) if windows else PurePosixPath("/", *names))
    told = without_paths(f"It is{before and ' '}{before}{path if before else ' ' + path} here")
    assert PLACE in told
    for name in names:
        assert name not in told.replace(PLACE, "").replace("It is", "").replace("here", "")

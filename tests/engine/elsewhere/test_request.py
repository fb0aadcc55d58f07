"""What another server is asked: what somebody chose, and nothing of ours beside."""

import json
from typing import Any

import pytest

from yi_local.engine.elsewhere.request import STREAM_OPTIONS, chat_body, extras, plainer
from yi_local.types import Json, Message, SamplingOptions

QUESTION = (Message("system", "Be brief."), Message("user", "Hi"))


def body_of(sampling: SamplingOptions, continues: str = "") -> Json:
    return chat_body("tiny", QUESTION, sampling, None, continues)


def test_nothing_is_sent_that_nobody_chose() -> None:
    assert body_of(SamplingOptions(chosen=())) == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ],
        "stream": True,
        STREAM_OPTIONS: {"include_usage": True},
    }
    assert "temperature" not in body_of(SamplingOptions())


def test_our_very_default_is_sent_where_somebody_chose_it() -> None:
    ours = SamplingOptions().temperature
    assert body_of(SamplingOptions(chosen=("temperature",)))["temperature"] == ours


def test_options_are_sent_under_the_names_that_servers_know() -> None:
    sampling = SamplingOptions(
        max_tokens=9, temperature=0, top_k=5, min_p=0.2, repeat_penalty=1.1, mirostat=2, seed=3,
        stop=("a", "b"), logit_bias={7: -1.5}, json_schema='{"type": "object"}',
    )  # fmt: skip
    body = body_of(sampling)
    expected = {
        "max_tokens": 9, "temperature": 0, "top_k": 5, "min_p": 0.2, "repeat_penalty": 1.1,
        "mirostat": 2, "seed": 3, "stop": ["a", "b"], "logit_bias": {"7": -1.5},
    }  # fmt: skip
    assert {name: body[name] for name in expected} == expected
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    json.dumps(body)


def test_an_answer_that_goes_on_is_the_last_message() -> None:
    last = body_of(SamplingOptions(), continues="Once")["messages"][-1]
    assert last == {"role": "assistant", "content": "Once"}


def test_calls_go_out_with_their_arguments_as_text() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"城": 1}}}
    said = (Message("assistant", "", (call,)), Message("tool", "42", (), "c1", "f"))
    first, second = chat_body("tiny", said, SamplingOptions(), None, "")["messages"]
    assert first["tool_calls"][0]["function"]["arguments"] == '{"城": 1}'
    assert second == {"role": "tool", "content": "42", "tool_call_id": "c1", "name": "f"}


def test_only_what_few_servers_know_is_left_out_for_a_strict_one() -> None:
    body = body_of(SamplingOptions(temperature=0.1, top_k=5, min_p=0.2))
    assert set(extras(body)) == {"top_k", "min_p"}
    rest, dropped = plainer(body, 400, "Unrecognized request argument supplied: top_k") or ({}, ())
    assert dropped == ("top_k",)
    assert {"min_p", "temperature", STREAM_OPTIONS} <= rest.keys()
    rest, dropped = plainer(body, 422, "extra fields") or ({}, ())
    assert set(dropped) == {"top_k", "min_p"}
    assert STREAM_OPTIONS not in rest


def test_the_newer_name_of_max_tokens_is_taken_where_it_is_asked_for() -> None:
    body = body_of(SamplingOptions(max_tokens=5))
    rest, dropped = plainer(body, 400, "Use 'max_completion_tokens' instead.") or ({}, ())
    assert (rest["max_completion_tokens"], "max_tokens" in rest, dropped) == (5, False, ())


@pytest.mark.parametrize("chosen", [{"temperature": 0.1}, {"grammar": "root"}, {"stop": ("a",)}])
def test_what_would_be_another_question_is_not_asked_instead(chosen: dict[str, Any]) -> None:
    assert plainer(body_of(SamplingOptions(**chosen)), 400, f"No {chosen}.") is None

"""yi_local.assistant.batch.line: what a line of the input asks."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.batch.line import Line, Manner, digest_of, read_line
from yi_local.types import Message, SamplingOptions

PLAIN = Manner()


def line(value: Any, manner: Manner = PLAIN, number: int = 3) -> Line:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_line(raw + b"\n", number, manner)


def test_a_prompt_is_one_message_and_the_number_is_its_id() -> None:
    read = line({"prompt": "Hi"})
    assert (read.id, read.messages, read.error) == (3, (Message("user", "Hi"),), None)


def test_messages_and_an_id_are_taken_as_they_are() -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    read = line({"id": "q", "messages": [*messages, {"role": "user", "content": "c"}]})
    assert read.id == "q"
    assert [message.content for message in read.messages] == ["a", "b", "c"]


def test_the_lines_own_system_prompt_replaces_that_of_the_batch() -> None:
    batch = Manner(system="Be brief.")
    assert line({"prompt": "Hi"}, batch).messages[0] == Message("system", "Be brief.")
    assert line({"prompt": "Hi", "system": "Rhyme."}, batch).messages[0].content == "Rhyme."
    own = {"messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "y"}]}
    assert [message.content for message in line(own, batch).messages] == ["x", "y"]
    assert len(line({"prompt": "Hi", "system": ""}, batch).messages) == 1


def test_the_lines_own_sampling_comes_before_that_of_the_batch() -> None:
    batch = Manner(sampling={"temperature": 0.5, "top_k": 7})
    read = line({"prompt": "Hi", "temperature": 1, "stop": "x", "logit_bias": {"5": -1}}, batch)
    assert (read.sampling.temperature, read.sampling.top_k) == (1.0, 7)
    assert (read.sampling.stop, read.sampling.logit_bias) == (("x",), {5: -1.0})


def test_a_seed_of_the_batch_is_another_one_for_every_line() -> None:
    batch = Manner(sampling={"seed": 40})
    assert line({"prompt": "Hi"}, batch, 2).sampling.seed == 42
    assert line({"prompt": "Hi", "seed": 7}, batch, 2).sampling.seed == 7
    top = Manner(sampling={"seed": 2**32 - 2})
    assert line({"prompt": "Hi"}, top, 1).sampling.seed == 0


def test_a_schema_is_an_object_and_replaces_a_grammar_of_the_batch() -> None:
    batch = Manner(sampling={"grammar": 'root ::= "a"'})
    read = line({"prompt": "Hi", "schema": {"type": "object"}}, batch)
    assert read.sampling.json_schema == '{"type": "object"}'
    assert read.sampling.grammar is None


def test_every_option_of_sampling_can_be_given() -> None:
    values = {
        "seed": 1,
        "grammar": 'root ::= "a"',
        "stop": ["x"],
        "logit_bias": {"1": 1},
        "max_tokens": 3,
        "dry_sequence_breakers": ["\n"],
        "mirostat": 1,
    }
    for name in SamplingOptions.__dataclass_fields__.keys() - {
        "json_schema",
        "top_logprobs",
        "chosen",
    }:
        assert line({"prompt": "Hi", name: values.get(name, 1)}).error is None, name


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        ([1], "not a JSON object"),
        ({}, 'either "prompt" or "messages"'),
        ({"prompt": "a", "messages": []}, 'either "prompt" or "messages"'),
        ({"prompt": 5}, '"prompt" must be text'),
        ({"prompt": "  "}, "nothing to answer"),
        ({"messages": []}, "list of messages"),
        ({"messages": [{"role": "user"}]}, '"role" and "content"'),
        ({"messages": [{"role": "owl", "content": "x"}]}, '"role" must be one of system'),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "last message must be the user's"),
        ({"prompt": "a", "id": 1.5}, '"id" must be'),
        ({"prompt": "a", "temprature": 1}, 'did you mean "temperature"?'),
        ({"prompt": "a", "json_schema": {}}, 'did you mean "schema"?'),
        ({"prompt": "a", "owner": 1}, 'no field "owner"'),
        ({"prompt": "a", "temperature": "hot"}, "temperature must be a number"),
        ({"prompt": "a", "temperature": True}, "temperature must be a number"),
        ({"prompt": "a", "temperature": -1}, "temperature must be between"),
        (b'{"prompt": "a", "temperature": NaN}', "temperature must be between"),
        ({"prompt": "a", "schema": "x"}, '"schema" must be a JSON schema'),
        ({"prompt": "a", "schema": {"type": 5}}, "not a JSON schema"),
        ({"prompt": "a", "schema": {}, "grammar": "x"}, "not both"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_and_never_raised(value: Any, said: str) -> None:
    read = line(value)
    assert read.error is not None
    assert said in read.error.message


def test_a_bad_line_keeps_its_id() -> None:
    assert line({"id": "q", "prompt": 5}).id == "q"


@given(st.binary(max_size=60) | st.dictionaries(st.text(max_size=9), st.none() | st.text()))
def test_no_line_is_too_strange_to_be_read(value: Any) -> None:
    read = line(value)
    assert (read.error is None) == bool(read.messages)


def test_the_digest_is_that_of_the_line_and_of_what_decides_the_answer() -> None:
    one = digest_of(b'{"prompt": "a"}\n', PLAIN)
    assert one == digest_of(b'{"prompt": "a"}\r\n', PLAIN)
    assert one != digest_of(b'{"prompt": "b"}\n', PLAIN)
    assert one != digest_of(b'{"prompt": "a"}\n', Manner(fingerprint="another model"))

"""Bodies of /v1/chat/completions become requests, or are refused with the field's place."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.tools.choice import ToolChoice
from yi_local.errors import UsageError
from yi_local.server.openai.body import parse_body
from yi_local.server.openai.read.chat import parse_chat
from yi_local.server.openai.read.completion import parse_completion
from yi_local.server.openai.read.embeddings import parse_embeddings
from yi_local.server.openai.read.responses import parse_responses
from yi_local.server.openai.requests import ChatRequest
from yi_local.server.openai.wrong import WrongRequest
from yi_local.types import Json, Message, SamplingOptions

HI: Json = {"role": "user", "content": "Hi"}
TOOL: Json = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def parsed(*messages: Json, **more: Any) -> ChatRequest:
    body = {"model": "demo", "messages": list(messages) or [HI], **more}
    return parse_chat(parse_body(json.dumps(body).encode()))


def test_the_smallest_request_has_openais_defaults() -> None:
    request = parsed(made_up=[{"unknown": 1}], user="me", store=True, max_tokens=None)
    assert request == ChatRequest(
        model="demo",
        messages=(Message("user", "Hi"),),
        continues="",
        sampling_chosen={},
        n=1,
        stream=False,
        include_usage=False,
        tools=(),
        tool_choice=ToolChoice("none"),
        parallel=True,
    )


def test_sampling_is_read_under_openais_names_and_ours() -> None:
    request = parsed(
        temperature=1, top_p=0.5, presence_penalty=1.5, frequency_penalty=-1, seed=-1, stop="x",
        logit_bias={"12": -100, "7": 1.5}, max_tokens=5, max_completion_tokens=9, logprobs=True,
        top_logprobs=3, top_k=-1, min_p=0.1, repetition_penalty=1.2, n=2, stream=True,
        stream_options={"include_usage": True},
    )  # fmt: skip
    assert request.sampling_chosen == {
        "temperature": 1.0, "top_p": 0.5, "presence_penalty": 1.5, "frequency_penalty": -1.0,
        "seed": 2**32 - 2, "stop": ("x",), "logit_bias": {12: -100.0, 7: 1.5}, "max_tokens": 9,
        "top_logprobs": 3, "top_k": 0, "min_p": 0.1, "repeat_penalty": 1.2,
    }  # fmt: skip
    assert (request.n, request.stream, request.include_usage) == (2, True, True)
    SamplingOptions(**request.sampling_chosen)
    assert parsed(logprobs=True).sampling_chosen == {"top_logprobs": 0}
    assert parsed(stop=["a", "b"]).sampling_chosen == {"stop": ("a", "b")}


def test_messages_come_in_many_forms() -> None:
    function = {"name": "f", "arguments": '{"a": 1}'}
    request = parsed(
        {"role": "developer", "content": "Be brief."},
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": None,
         "tool_calls": [{"id": "1", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "1", "content": "result"},
        {"role": "assistant", "content": None, "function_call": {"name": "g", "arguments": "oops"}},
        {"role": "function", "name": "g", "content": "old"},
    )  # fmt: skip
    called = {"id": "1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
    old = {"type": "function", "function": {"name": "g", "arguments": "oops"}}
    assert request.messages == (
        Message("system", "Be brief.\n\nBe kind."),
        Message("user", "a\nb"),
        Message("assistant", "", (called,)),
        Message("tool", "result", (), "1", "f"),
        Message("assistant", "", (old,)),
        Message("tool", "old", (), None, "g"),
    )


def test_an_answer_that_is_begun_is_continued() -> None:
    begun = {"role": "assistant", "content": "Once"}
    flags = {"continue_final_message": True, "add_generation_prompt": False}
    for request in (parsed(HI, begun), parsed(HI, begun, **flags)):
        assert (request.messages, request.continues) == ((Message("user", "Hi"),), "Once")
    for off in ({"continue_final_message": False}, {"add_generation_prompt": True}):
        request = parsed(HI, begun, **off)
        assert (len(request.messages), request.continues) == (2, "")


def test_a_form_for_the_answer_is_a_schema() -> None:
    assert parsed(response_format={"type": "text"}).sampling_chosen == {}
    any_object = parsed(response_format={"type": "json_object"}).sampling_chosen["json_schema"]
    assert json.loads(any_object) == {"type": "object"}
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}}
    assert json.loads(parsed(response_format=form).sampling_chosen["json_schema"]) == schema


def test_functions_are_offered_and_chosen() -> None:
    request = parsed(tools=[TOOL], parallel_tool_calls=False)
    assert request.tool_choice == ToolChoice("auto")
    assert request.tools[0]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert not request.parallel
    assert parsed(tools=[TOOL], tool_choice="required").tool_choice == ToolChoice("required")
    named = {"type": "function", "function": {"name": "f"}}
    assert parsed(tools=[TOOL], tool_choice=named).tool_choice == ToolChoice("required", "f")
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [named]}}
    other = {"type": "function", "function": {"name": "g"}}
    request = parsed(tools=[TOOL, other], tool_choice=allowed)
    assert [tool["function"]["name"] for tool in request.tools] == ["f"]


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"messages": "Hi"}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["Hi"]}, "messages[0]"),
        ({"messages": [HI] * 5000}, "messages"),
        ({"messages": [{"content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "robot", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "assistant"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
         "messages[0].content[0].type"),
        ({"messages": [HI, {"role": "assistant", "tool_calls": [{}]}]},
         "messages[1].tool_calls[0].function"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages"),
        ({"model": 1}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": True}, "stream_options"),
        ({"n": 17}, "n"),
        ({"n": True}, "n"),
        ({"n": 0}, "n"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": 10**400}, "temperature"),
        ({"top_p": 1.5}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"seed": "x"}, "seed"),
        ({"stop": 1}, "stop"),
        ({"stop": [""]}, "stop"),
        ({"stop": ["x"] * 17}, "stop"),
        ({"logit_bias": {"x": 1}}, "logit_bias"),
        ({"logit_bias": {"1": 101}}, "logit_bias"),
        ({"logit_bias": {"1": "x"}}, "logit_bias"),
        ({"top_logprobs": 21, "logprobs": True}, "top_logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.schema"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": 1}}}},
         "response_format.json_schema.schema"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"tools": [TOOL, TOOL]}, "tools"),
        ({"tools": [TOOL], "tool_choice": "maybe"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
         "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"continue_final_message": True}, "continue_final_message"),
        ({"add_generation_prompt": False}, "add_generation_prompt"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(more: Json, param: str) -> None:
    with pytest.raises(WrongRequest) as caught:
        parsed(**{"messages": [HI], **more})
    assert caught.value.param == param
    assert caught.value.message


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff", b"[]", b"{", b'{"a": NaN}', b'{"a": 1e999}', b'{"a": "\\ud800"}',
     b'{"\\udfff": 1}', b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", b"[" * 200_000,
     b'{"a": ' + b"9" * 5000 + b"}"],
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(WrongRequest):
        parse_body(raw)


FIELDS = [
    "model", "messages", "role", "content", "type", "text", "tools", "function", "name", "stop",
    "parameters", "tool_calls", "tool_choice", "arguments", "response_format", "json_schema",
    "schema", "logit_bias", "stream_options", "n", "seed", "max_tokens", "logprobs", "input",
    "instructions", "prompt", "format", "output", "call_id", "tool_call_id", "allowed_tools",
    "mode", "temperature", "top_logprobs", "include", "metadata", "encoding_format", "$ref",
    "continue_final_message", "add_generation_prompt", "function_call", "items", "properties",
]  # fmt: skip
WORDS = [
    "user", "assistant", "system", "tool", "function", "text", "input_text", "json_schema",
    "json_object", "required", "auto", "none", "message", "function_call", "allowed_tools",
    "function_call_output", "object", "f", "#/x", "float", "string",
]  # fmt: skip
LEAF = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from(WORDS) | st.just(10**400)
)  # fmt: skip
ANY = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FIELDS, "1"]), inner, max_size=6)
    ),
    max_leaves=25,
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(WORDS[:5]), "content": LEAF | ANY},
    optional={"tool_calls": ANY, "type": st.sampled_from(WORDS), "output": ANY, "name": LEAF},
)
FUNCTION = st.fixed_dictionaries(
    {"type": st.just("function"), "name": st.sampled_from(["f", "g"]) | LEAF},
    optional={
        "function": st.fixed_dictionaries({"name": st.just("f")}, optional={"parameters": ANY}),
        "parameters": ANY,
    },
)
BODY = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGE, max_size=4) | ANY, "input": st.lists(MESSAGE, max_size=4) | ANY,
     "prompt": ANY},
    optional={
        **{name: ANY for name in FIELDS if name not in ("messages", "input", "prompt")},
        "tools": st.lists(FUNCTION, max_size=3) | ANY,
        "text": st.fixed_dictionaries({"format": ANY}) | ANY,
    },
)  # fmt: skip


@given(BODY | st.dictionaries(st.sampled_from(FIELDS), ANY))
def test_no_body_raises_anything_but_a_refusal(body: Json) -> None:
    raw = json.dumps(body).encode()
    for parse in (parse_chat, parse_completion, parse_responses, parse_embeddings):
        with suppress(UsageError):
            parse(parse_body(raw))


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes) -> None:
    with suppress(UsageError):
        parse_body(raw)

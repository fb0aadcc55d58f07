"""Bodies of /v1/completions, /v1/responses and /v1/embeddings."""

from typing import Any

import pytest

from yi_local.assistant.tools.choice import ToolChoice
from yi_local.server.openai.read.completion import parse_completion
from yi_local.server.openai.read.embeddings import parse_embeddings
from yi_local.server.openai.read.responses import parse_responses
from yi_local.server.openai.wrong import WrongRequest
from yi_local.types import Json, Message


def test_a_completion_has_one_prompt_or_several() -> None:
    request = parse_completion({"model": "m", "prompt": ["a", "b"], "n": 2, "logprobs": 3})
    assert (request.prompts, request.n, request.echo) == (("a", "b"), 2, False)
    assert request.sampling_chosen == {"max_tokens": 16, "top_logprobs": 3}
    one = parse_completion({"prompt": "", "max_tokens": 5, "echo": True, "stop": "\n"})
    assert (one.model, one.prompts, one.echo) == (None, ("",), True)
    assert one.sampling_chosen == {"max_tokens": 5, "stop": ("\n",)}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "prompt"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"prompt": [[1, 2]]}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": {"x": 1}}, "prompt"),
        ({"prompt": ["a", None]}, "prompt"),
        ({"prompt": "a", "suffix": "b"}, "suffix"),
        ({"prompt": "a", "best_of": 3}, "best_of"),
        ({"prompt": "a", "echo": True, "logprobs": 1}, "echo"),
    ],
)
def test_completions_that_cannot_be_are_refused(body: Json, param: str) -> None:
    with pytest.raises(WrongRequest) as caught:
        parse_completion(body)
    assert caught.value.param == param


def test_embeddings_are_of_texts() -> None:
    assert parse_embeddings({"input": "a"}).inputs == ("a",)
    packed = parse_embeddings({"input": ["a", "b"], "encoding_format": "base64"})
    assert (packed.inputs, packed.encoding_format) == (("a", "b"), "base64")
    wrong: list[Json] = [{"input": [1]}, {"input": ""}, {"input": []}, {},
                         {"input": "a", "dimensions": 5},
                         {"input": "a", "encoding_format": "x"}]  # fmt: skip
    for body in wrong:
        with pytest.raises(WrongRequest):
            parse_embeddings(body)


def asked(**body: Any) -> Any:
    return parse_responses({"model": "m", **body})


def test_a_response_is_to_a_text_or_to_items() -> None:
    request = asked(input="Hi", instructions="Be brief.", max_output_tokens=7, stream=True)
    assert request.chat.messages == (Message("system", "Be brief."), Message("user", "Hi"))
    assert request.chat.sampling_chosen == {"max_tokens": 7}
    assert request.chat.stream
    assert request.echoed["instructions"] == "Be brief."

    request = asked(
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant",
             "content": [{"type": "output_text", "text": "Let me see."}]},
            {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
            {"type": "function_call", "call_id": "2", "name": "g", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "2", "output": "sunny"},
        ]
    )  # fmt: skip
    _, answer, result = request.chat.messages
    assert answer.content == "Let me see."
    assert [call["function"]["name"] for call in answer.tool_calls] == ["f", "g"]
    assert result == Message("tool", "sunny", (), "2", "g")


def test_a_response_has_its_own_form_of_tools_and_schemas() -> None:
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True}
    request = asked(
        input="Hi",
        tools=[tool],
        tool_choice={"type": "function", "name": "f"},
        text={"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}},
        include=["message.output_text.logprobs"],
        metadata={"a": "b"},
    )
    assert request.chat.tool_choice == ToolChoice("required", "f")
    assert request.chat.tools[0]["function"]["name"] == "f"
    assert request.chat.sampling_chosen == {
        "json_schema": '{"type": "object"}',
        "top_logprobs": 0,
    }
    assert request.echoed["tools"] == [tool]
    assert request.echoed["metadata"] == {"a": "b"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": 1}, "input"),
        ({"input": []}, "input"),
        ({"input": "a", "previous_response_id": "resp_1"}, "previous_response_id"),
        ({"input": "a", "conversation": "c"}, "conversation"),
        ({"input": "a", "background": True}, "background"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0].type"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]},
         "input[0].content[0].type"),
        ({"input": "a", "tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"input": "a", "text": {"format": {"type": "x"}}}, "text.format.type"),
    ],
)  # fmt: skip
def test_responses_that_cannot_be_are_refused(body: Json, param: str) -> None:
    with pytest.raises(WrongRequest) as caught:
        parse_responses(body)
    assert caught.value.param == param

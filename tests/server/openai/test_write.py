"""Answers have the form that OpenAI's own client understands."""

import base64
import json
import struct
from itertools import count
from typing import Any

import pytest

from yi_local.assistant.tools.calls import ToolCall
from yi_local.errors import EngineDied
from yi_local.server.openai.head import Called, Head, new_id
from yi_local.server.openai.read.responses import parse_responses
from yi_local.server.openai.write import chat, completion
from yi_local.server.openai.write.embeddings import embeddings_response
from yi_local.server.openai.write.models import model_object, models_list
from yi_local.server.openai.write.response_stream import ResponseStream
from yi_local.server.openai.write.responses import response_object
from yi_local.server.openai.write.sse import DONE, sse
from yi_local.types import Embedding, Json, TokenLogprob, Usage

openai_types = pytest.importorskip("openai.types")
responses_types = pytest.importorskip("openai.types.responses")

HEAD = Head("id-1", "demo", 1_700_000_000)
USAGE = Usage(10, 4, 3, None, None, None)
CALLED = Called("call_1", ToolCall("weather", '{"place": "Paris"}'))
TOKENS = (
    TokenLogprob("é", "é".encode(), -0.5, (("é", "é".encode(), -0.5), ("e", b"e", -1.5))),
    TokenLogprob("!", b"!", float("-inf"), ()),
)


def checked(kind: Any, body: Json) -> Any:
    """As the client reads it from the wire."""
    return kind.model_validate(json.loads(json.dumps(body, allow_nan=False)), strict=False)


def test_a_chat_answer_has_text_calls_logprobs_and_usage() -> None:
    choices = [
        chat.Choice(0, "Hi!", "stop", logprobs=TOKENS),
        chat.Choice(1, "", "stop", (CALLED,)),
        chat.Choice(2, "cut", "length"),
    ]
    body = chat.chat_response(HEAD, choices, [USAGE] * 3)
    read = checked(openai_types.chat.ChatCompletion, body)
    said, called, cut = read.choices
    assert (said.message.content, said.finish_reason) == ("Hi!", "stop")
    assert said.logprobs.content[0].top_logprobs[1].bytes == list(b"e")
    assert said.logprobs.content[1].logprob == -9999.0
    assert (called.message.content, called.finish_reason) == (None, "tool_calls")
    assert called.message.tool_calls[0].function.arguments == '{"place": "Paris"}'
    assert cut.finish_reason == "length"
    assert (read.usage.prompt_tokens, read.usage.completion_tokens) == (10, 9)
    assert read.usage.prompt_tokens_details.cached_tokens == 4


def test_a_chat_stream_says_who_what_why_and_how_much() -> None:
    chunks = [
        chat.first_chunk(HEAD, 0, True),
        chat.text_chunk(HEAD, 0, "Hi", TOKENS, True),
        chat.call_chunk(HEAD, 0, 0, CALLED, True),
        chat.last_chunk(HEAD, 0, "stop", True, True),
        chat.usage_chunk(HEAD, [USAGE]),
    ]
    read = [checked(openai_types.chat.ChatCompletionChunk, chunk) for chunk in chunks]
    assert read[0].choices[0].delta.role == "assistant"
    assert read[1].choices[0].delta.content == "Hi"
    assert read[2].choices[0].delta.tool_calls[0].function.name == "weather"
    assert read[3].choices[0].finish_reason == "tool_calls"
    assert (read[4].choices, read[4].usage.total_tokens) == ([], 13)
    assert all("usage" in chunk for chunk in chunks)
    assert "usage" not in chat.text_chunk(HEAD, 0, "Hi")


def test_a_completion_counts_each_prompt_once_and_tells_where_tokens_begin() -> None:
    choices = [chat.Choice(0, "é!", "length", logprobs=TOKENS), chat.Choice(1, "b", "stop")]
    body = completion.completion_response(HEAD, choices, [USAGE, USAGE], n=2)
    read = checked(openai_types.Completion, body)
    assert read.choices[0].logprobs.text_offset == [0, 1]
    assert read.choices[0].finish_reason == "length"
    assert (read.usage.prompt_tokens, read.usage.completion_tokens) == (10, 6)
    two_prompts = completion.completion_response(HEAD, choices, [USAGE, USAGE])
    assert two_prompts["usage"]["prompt_tokens"] == 20
    chunk = completion.completion_chunk(HEAD, 1, "x", logprobs=TOKENS, offset=5)
    assert chunk["choices"][0]["logprobs"]["text_offset"] == [5, 6]
    assert completion.completion_usage_chunk(HEAD, [USAGE])["choices"] == []


def test_embeddings_come_as_numbers_or_packed() -> None:
    vectors = [Embedding((0.5, -0.25), 3), Embedding((1.0, 0.0), 2)]
    plain = checked(
        openai_types.CreateEmbeddingResponse, embeddings_response("m", vectors, "float")
    )
    assert plain.data[1].embedding == [1.0, 0.0]
    assert plain.usage.prompt_tokens == 5
    packed = embeddings_response("m", vectors, "base64")["data"][0]["embedding"]
    assert struct.unpack("<2f", base64.b64decode(packed)) == (0.5, -0.25)


def test_models_are_listed() -> None:
    body = models_list([model_object("demo", 1)])
    assert checked(openai_types.Model, body["data"][0]).id == "demo"


def test_a_response_has_its_message_and_its_calls() -> None:
    asked = parse_responses({"input": "Hi", "temperature": 0.5, "instructions": "Be brief."})
    body = response_object(HEAD, asked, "Hi", (CALLED,), "stop", USAGE, TOKENS)
    read = checked(responses_types.Response, body)
    assert read.output_text == "Hi"
    assert [item.type for item in read.output] == ["message", "function_call"]
    assert (read.temperature, read.instructions, read.status) == (0.5, "Be brief.", "completed")
    cut = checked(responses_types.Response, response_object(HEAD, asked, "H", (), "length", USAGE))
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")


def streamed(*steps: Any) -> tuple[list[Json], Any]:
    numbers = count()
    stream = ResponseStream(
        HEAD, parse_responses({"input": "Hi"}), lambda prefix: f"{prefix}{next(numbers)}"
    )
    events = [*stream.begin()]
    for name, *arguments in steps:
        events += getattr(stream, name)(*arguments)
    kinds = {
        event["type"]: "Response"
        + "".join(
            map(str.title, event["type"].removeprefix("response.").replace(".", "_").split("_"))
        )
        + "Event"
        for event in events
    }
    for event in events:
        name = kinds[event["type"]].replace("OutputTextD", "TextD")
        checked(getattr(responses_types, name), event)
    return events, checked(responses_types.Response, events[-1]["response"])


def test_a_streamed_response_opens_fills_and_closes_its_items() -> None:
    events, response = streamed(
        ("text", "He", TOKENS), ("text", "y"), ("call", CALLED), ("end", "stop", USAGE)
    )
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta",
        "output_text.delta", "output_text.done", "content_part.done", "output_item.done",
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
        "output_item.done", "completed",
    ]  # fmt: skip
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert response.output_text == "Hey"
    assert response.usage.total_tokens == 13
    assert [item.id for item in response.output] == ["msg_0", "fc_1"]
    assert {event.get("output_index") for event in events} == {None, 0, 1}


def test_a_streamed_response_may_be_cut_empty_or_fail() -> None:
    events, response = streamed(("text", "He"), ("end", "length", USAGE))
    assert (events[-1]["type"], response.status) == ("response.incomplete", "incomplete")
    _, empty = streamed(("end", "stop", USAGE))
    assert empty.output_text == ""
    events, failed = streamed(("text", "He"), ("fail", EngineDied("Gone: /home/me/x.log")))
    assert (events[-1]["type"], failed.output_text) == ("response.failed", "He")
    assert failed.error.message == "Gone: [path]"


def test_events_are_lines_that_nothing_in_them_can_break() -> None:
    frame = sse({"type": "x", "text": "a\n\ndata: b\u2028\ud800"}, named=True)
    assert frame.startswith(b"event: x\ndata: {")
    assert frame.count(b"\n") == 3
    assert frame.endswith(b"\n\n")
    assert json.loads(frame.split(b"data: ", 1)[1])["text"] == "a\n\ndata: b\u2028\ud800"
    assert DONE == b"data: [DONE]\n\n"


def test_ids_differ() -> None:
    assert len({new_id("chatcmpl-") for _ in range(100)}) == 100

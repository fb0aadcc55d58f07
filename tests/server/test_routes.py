"""Every route of a running server, over fake engines."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.live import Live, chat_body, events_of
from tests.tiny_gguf import write_smallest
from yi_local.planner.plan import Wish


def test_a_chat_is_answered(live: Live) -> None:
    reply = live.chat("say hello")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    answer = reply.json
    assert answer["object"] == "chat.completion"
    assert answer["model"] == "tiny"
    [choice] = answer["choices"]
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"] == "hello"
    assert choice["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] == 3


def test_text_of_every_alphabet_comes_back(live: Live) -> None:
    assert live.said("say 你好 🌍 \u2028") == "你好 🌍 \u2028"


def test_what_a_request_asks_for_reaches_the_engine(live: Live) -> None:
    sampling = json.loads(
        live.said(
            "sampling",
            temperature=0.5,
            top_p=0.9,
            seed=7,
            stop=["END"],
            max_tokens=9,
            frequency_penalty=0.5,
            presence_penalty=0.25,
            logit_bias={"42": -3},
            unknown_field={"is": "ignored"},
        )
    )
    assert sampling["temperature"] == 0.5
    assert sampling["top_p"] == 0.9
    assert sampling["seed"] == 7
    assert sampling["stop"] == ["END"]
    assert sampling["max_tokens"] == 9
    assert sampling["frequency_penalty"] == 0.5
    assert sampling["presence_penalty"] == 0.25
    assert sampling["logit_bias"] == [[42, -3]]


def test_several_answers_come_with_their_numbers_and_different_seeds(live: Live) -> None:
    choices = live.chat("sampling", n=3, seed=5).json["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2]
    seeds = [json.loads(choice["message"]["content"])["seed"] for choice in choices]
    assert seeds == [5, 6, 7]


def test_more_answers_than_places_are_all_given(live: Live) -> None:
    choices = live.chat("say hi", n=11).json["choices"]
    assert [choice["message"]["content"] for choice in choices] == ["hi"] * 11
    assert live.is_idle()


def test_there_are_as_many_sequences_as_places(serve: Callable[..., Live]) -> None:
    assert json.loads(serve(wish=Wish(n_seq_max=12)).said("options"))["n_seq_max"] == 12
    options = json.loads(serve().said("options"))
    assert (options["n_seq_max"], options["embedding"]) == (8, False)


def test_an_answer_that_was_begun_goes_on(live: Live) -> None:
    messages = [
        {"role": "user", "content": "half kill"},
        {"role": "assistant", "content": "Half an ans"},
    ]
    body = {"model": "tiny", "messages": messages, "continue_final_message": True}
    body["add_generation_prompt"] = False
    reply = live.post("/v1/chat/completions", body)
    assert reply.json["choices"][0]["message"]["content"] == "wer."


def test_logprobs_come_where_they_are_asked_for(live: Live) -> None:
    choice = live.chat("say hey!", logprobs=True, top_logprobs=2).json["choices"][0]
    assert [each["token"] for each in choice["logprobs"]["content"]] == ["he", "y!"]
    assert len(choice["logprobs"]["content"][0]["top_logprobs"]) == 2
    assert live.chat("say hey!").json["choices"][0]["logprobs"] is None


# Streams


def test_a_stream_has_its_headers_events_and_end(live: Live) -> None:
    body = chat_body("say hello", stream=True, stream_options={"include_usage": True})
    with live.opened("POST", "/v1/chat/completions", body) as response:
        assert response.status == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        events = list(events_of(response))
    *chunks, usage, end = events
    assert end == "[DONE]"
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == 3
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    texts = [chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks]
    assert "".join(texts) == "hello"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert len({chunk["id"] for chunk in [*chunks, usage]}) == 1


def test_a_stream_of_several_answers_tells_which_is_which(live: Live) -> None:
    found = {0: "", 1: "", 2: ""}
    for event in live.streamed("say hello", n=3)[:-1]:
        for choice in event["choices"]:
            found[choice["index"]] += choice["delta"].get("content") or ""
    assert found == {0: "hello", 1: "hello", 2: "hello"}


def test_an_empty_answer_is_a_stream_too(live: Live) -> None:
    first, last, end = live.streamed("nothing")
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert (last["choices"][0]["finish_reason"], end) == ("stop", "[DONE]")


def test_a_prompt_that_is_too_long_is_refused_with_its_status(live: Live) -> None:
    for stream in (False, True):
        reply = live.chat("too long", stream=stream)
        assert reply.status == 400
        assert reply.error["code"] == "context_length_exceeded"
        assert "9,0" in reply.error["message"]


# Completions, responses, embeddings, counting


def test_a_text_goes_on_without_a_template(live: Live) -> None:
    reply = live.post("/v1/completions", {"model": "tiny", "prompt": ["say one", "say two"]})
    assert [choice["text"] for choice in reply.json["choices"]] == ["one", "two"]
    body = {"model": "tiny", "prompt": "say one", "echo": True, "stream": True}
    with live.opened("POST", "/v1/completions", body) as response:
        *events, end = events_of(response)
    assert "".join(event["choices"][0]["text"] for event in events) == "say oneone"
    assert end == "[DONE]"


def test_a_response_is_made(live: Live) -> None:
    reply = live.post("/v1/responses", {"model": "tiny", "input": "say hello"})
    assert reply.status == 200
    assert reply.json["object"] == "response"
    assert reply.json["output"][0]["content"][0]["text"] == "hello"
    body = {"model": "tiny", "input": "say hello", "stream": True}
    with live.opened("POST", "/v1/responses", body) as response:
        events = list(events_of(response))
    assert events[0]["type"] == "response.created"
    assert events[-1]["type"] == "response.completed"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_texts_are_embedded(live: Live) -> None:
    reply = live.post("/v1/embeddings", {"model": "tiny", "input": ["a b", "c", "a b"]})
    first, second, third = (each["embedding"] for each in reply.json["data"])
    assert first == third != second
    assert abs(sum(number * number for number in first) - 1) < 1e-5
    assert reply.json["usage"]["prompt_tokens"] == 5


def test_a_model_embeds_and_chats_side_by_side(live: Live) -> None:
    assert live.post("/v1/embeddings", {"model": "tiny", "input": "a"}).status == 200
    assert live.said("say hello") == "hello"
    assert live.post("/v1/embeddings", {"model": "tiny", "input": "a"}).status == 200


def test_tokens_are_counted(live: Live) -> None:
    reply = live.post("/v1/tokenize", {"model": "tiny", "text": "one two three"})
    assert reply.json == {"tokens": [ord("o"), ord("t"), ord("t")], "count": 3}
    body = {"model": "tiny", "messages": [{"role": "user", "content": "one two"}]}
    counted = live.post("/v1/count", body).json["tokens"]
    assert counted == live.post("/v1/chat/completions", body).json["usage"]["prompt_tokens"]


# What the server tells of itself


def test_the_models_are_listed_the_served_one_first(live: Live) -> None:
    listed = live.get("/v1/models").json
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["tiny", "other"]
    assert all(each["created"] > 0 for each in listed["data"])
    one = live.get("/v1/models/other").json
    assert one == listed["data"][1]
    assert live.get("/v1/models/none").status == 404


def test_metrics_tell_what_was_done(live: Live) -> None:
    live.chat("say hello")
    live.get("/made/up")
    text = live.get("/metrics")
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = text.body.decode().splitlines()
    assert 'yi_requests_total{route="/v1/chat/completions",status="200"} 1' in lines
    assert 'yi_requests_total{route="other",status="404"} 1' in lines
    assert 'yi_tokens_total{kind="completion"} 3' in lines
    assert "yi_models_loaded 1" in lines
    assert "yi_generations_running 0" in lines


# Errors


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": "hello", "model": "tiny"}, "messages"),
        ({"messages": [], "model": "tiny"}, "messages"),
        ({"messages": [{"role": "user", "content": "a"}], "model": 7}, "model"),
        (chat_body("a", temperature="hot"), "temperature"),
        (chat_body("a", n=0), "n"),
        (chat_body("a", stream="yes"), "stream"),
    ],
)
def test_a_wrong_type_is_refused_by_its_name(live: Live, body: object, param: str) -> None:
    reply = live.post("/v1/chat/completions", body)
    assert reply.status == 400
    assert reply.error["type"] == "invalid_request_error"
    assert str(reply.error["param"]).startswith(param)
    assert not live.models.opened() or not live.models.opened()[0].loaded


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": NaN}'])
def test_what_is_no_json_object_is_refused(live: Live, body: bytes) -> None:
    for path in ("chat/completions", "completions", "responses", "embeddings", "tokenize", "count"):
        assert live.post(f"/v1/{path}", body).status == 400


def test_an_unknown_path_and_a_wrong_method_are_told_in_the_envelope(live: Live) -> None:
    for method, path, status in [
        ("GET", "/nothing", 404),
        ("POST", "/v1/models/", 405),
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models/tiny", 405),
    ]:
        reply = live.ask(method, path)
        assert reply.status == status, path
        assert reply.error["message"]


def test_an_unknown_model_is_told_with_those_there_are(live: Live) -> None:
    for name in ("gpt-3.5-turbo", "yi-1.5-6b-chat", "tiny:Q8_0"):
        reply = live.post("/v1/chat/completions", {**chat_body("say hi"), "model": name})
        assert reply.status == 404
        assert reply.error["code"] == "model_not_found"
        assert "tiny, other" in reply.error["message"]


def test_any_name_can_mean_the_first_model_where_that_is_wished(
    serve: Callable[..., Live],
) -> None:
    live = serve(any_name=True)
    reply = live.post("/v1/chat/completions", {**chat_body("say hi"), "model": "gpt-3.5-turbo"})
    assert reply.json["model"] == "tiny"
    assert live.chat("say hi", model="other").json["model"] == "other"


def test_a_request_may_leave_the_name_out_where_one_model_is_served(
    serve: Callable[..., Live],
) -> None:
    body = chat_body("say hi")
    assert serve().post("/v1/chat/completions", {**body, "model": ""}).json["model"] == "tiny"
    del body["model"]
    assert serve().post("/v1/chat/completions", body).json["model"] == "tiny"
    assert serve(first=()).post("/v1/chat/completions", body).status == 404


def test_a_model_that_came_to_the_disk_later_is_found(
    serve: Callable[..., Live], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yi_local.server.names._FRESH_S", 0.0)
    live = serve()
    assert live.chat("say hi", model="later").status == 404
    write_smallest(folder / "later.gguf", n_ctx_train=8192)
    assert live.chat("say hi", model="later").status == 200


def test_a_bug_is_told_without_itself_and_reported_here(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object) -> object:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("yi_local.server.names.Names.listed", broken)
    reply = live.get("/v1/models")
    assert reply.status == 500
    assert reply.error["code"] == "internal_error"
    assert b"secret" not in reply.body
    assert b"Zero" not in reply.body
    [report] = (tmp_path / "home" / "logs").glob("error-*.log")
    assert "ZeroDivisionError: secret" in report.read_text()

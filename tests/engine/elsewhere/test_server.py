"""Answers of other servers over real HTTP: how they come, how they are given up, how they fail."""

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.engine.elsewhere.stand_in import (
    Asked,
    Handler,
    Route,
    StandIn,
    delta,
    finish,
    held,
    llama_server,
    ollama,
    page,
    reply,
    running,
    server,
    silent,
    streamed,
    usage,
)
from yi_local.engine.elsewhere.access import Access, access_with
from yi_local.engine.elsewhere.address import parse_address
from yi_local.engine.elsewhere.server import Server
from yi_local.errors import CannotLoad, PromptTooLong, UsageError, YiLocalError
from yi_local.types import AnyEvent, Done, Message, Remark, SamplingOptions, TextDelta

QUESTION = (Message("user", "Hi"),)
SOON_S = 2.0  # a cancel has to be felt at once; the rest is room for a busy machine

Ask = Callable[..., Server]


@pytest.fixture
def asking() -> Iterator[Ask]:
    opened: list[Server] = []

    def ask(made: StandIn, model: str = "tiny", key: str | None = None) -> Server:
        address = parse_address(made.url)
        opened.append(Server(model, address, access_with(address, key)))
        opened[-1].find()
        return opened[-1]

    yield ask
    for each in opened:
        each.close()


def text_of(events: list[AnyEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_an_answer_comes_as_the_engine_here_would_give_it(asking: Ask) -> None:
    with running(server()) as made:
        events = list(asking(made, key="sk-1").chat(QUESTION, SamplingOptions(temperature=0.2)))
    assert text_of(events) == "Hello there."
    done = events[-1]
    assert isinstance(done, Done)
    assert done.finish_reason == "stop"
    assert (done.usage.prompt_tokens, done.usage.completion_tokens) == (7, 3)
    [body] = made.chats()
    assert (body["model"], body["temperature"]) == ("tiny", 0.2)
    assert made.asked[-1].headers["authorization"] == "Bearer sk-1"


@pytest.mark.parametrize(
    "chat",
    [
        streamed(delta("Hel"), delta("lo."), finish(), end="\r\n\r\n"),
        streamed(delta("Hel"), delta("lo."), finish(), done=False),
        streamed(delta("Hel"), delta("lo.")),
        reply({"choices": [{"message": {"content": "Hello."}, "finish_reason": "stop"}]}),
    ],
)
def test_streams_of_every_make_are_understood(asking: Ask, chat: Route) -> None:
    with running(server(chat)) as made:
        events = list(asking(made).chat(QUESTION))
    assert text_of(events) == "Hello."
    assert isinstance(events[-1], Done)
    assert events[-1].usage.prompt_tokens is None


def test_before_it_was_found_a_server_is_not_asked() -> None:
    unfound = Server("tiny", parse_address("http://localhost:1"), Access())
    with pytest.raises(CannotLoad):
        unfound.chat(QUESTION)
    unfound.close()


# -- giving up


@pytest.mark.parametrize("chat", [held(delta("One")), silent])
def test_a_cancel_ends_the_answer_and_the_connection_at_once(asking: Ask, chat: Route) -> None:
    """In the middle of the answer, and while not even the headers have come."""
    with running(server(chat)) as made:
        generation = asking(made).chat(QUESTION)
        until(lambda: bool(made.chats()))
        if chat is not silent:
            assert next(generation) == TextDelta("One")
        began = time.monotonic()
        threading.Timer(0.05, generation.cancel).start()
        *_, done = generation
        assert time.monotonic() - began < SOON_S
        assert isinstance(done, Done)
        assert done.finish_reason == "cancelled"
        assert made.gone.wait(SOON_S)


def test_closing_an_answer_ends_its_connection(asking: Ask) -> None:
    with running(server(held(delta("One")))) as made:
        generation = asking(made).chat(QUESTION)
        assert next(generation) == TextDelta("One")
        generation.close()
        assert list(generation) == []
        assert made.gone.wait(SOON_S)


def test_several_answers_come_side_by_side_and_one_is_given_up_alone(asking: Ask) -> None:
    with running(server(held(delta("One")))) as made:
        engine = asking(made)
        first, second = engine.chat(QUESTION), engine.chat(QUESTION)
        assert (next(first), next(second)) == (TextDelta("One"), TextDelta("One"))
        made.routes["POST", "/v1/chat/completions"] = streamed(delta("Two"), finish())
        first.cancel()
        assert isinstance(next(first), Done)
        assert text_of(list(engine.chat(QUESTION))) == "Two"
        second.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_who_keeps_the_connection_open_behind_the_last_word_is_not_waited_for(asking: Ask) -> None:
    with running(server(held(delta("One"), finish(), usage(5, 1)))) as made:
        assert text_of(list(asking(made).chat(QUESTION))) == "One"


# -- failing


def dying(handler: Handler, asked: Asked) -> None:
    """In the middle of a piece of its chunked answer."""
    handler.begin(200, headers=[("Transfer-Encoding", "chunked")])
    data = f"data: {delta('One')}\n\n".encode()
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n40\r\nhal")


def test_a_server_that_dies_in_the_middle_is_told_and_what_came_is_kept(asking: Ask) -> None:
    with running(server(dying)) as made:
        generation = asking(made).chat(QUESTION)
        assert next(generation) == TextDelta("One")
        with pytest.raises(YiLocalError, match="broke off in the middle"):
            next(generation)
        with pytest.raises(StopIteration):
            next(generation)


def test_a_server_that_is_gone_is_told(asking: Ask) -> None:
    with running(server()) as made:
        engine = asking(made)
    with pytest.raises(YiLocalError, match="Nothing listens at"):
        list(engine.chat(QUESTION))


def test_an_error_in_the_stream_is_told_after_what_came(asking: Ask) -> None:
    error = json.dumps({"error": {"message": "The GPU fell off.", "code": 500}})
    with running(server(streamed(delta("One"), error))) as made:
        generation = asking(made).chat(QUESTION)
        assert next(generation) == TextDelta("One")
        with pytest.raises(YiLocalError, match=r"could not finish the answer: The GPU fell off\."):
            next(generation)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (page(), "not an OpenAI-compatible server"),
        (reply({"error": {"message": "No such model."}}, 404), "No such model"),
        (reply({"error": {"message": "Queue is full."}}, 429), "too busy.*Queue is full"),
        (reply({"detail": "boom"}, 500), "trouble of its own .HTTP 500.: boom"),
    ],
)
def test_what_a_server_answers_instead_is_told(asking: Ask, route: Route, words: str) -> None:
    with (
        running(server(route)) as made,
        pytest.raises(YiLocalError, match=words),
    ):
        list(asking(made).chat(QUESTION))


@pytest.mark.parametrize(
    "error",
    [
        {"message": "x", "code": "context_length_exceeded"},
        {"message": "This model's maximum context length is 4096 tokens."},
        {"message": "the request exceeds the available context size", "code": 400},
        {"message": "x", "type": "exceed_context_size_error", "n_ctx": 4096},
    ],
)
def test_a_conversation_that_is_too_long_is_told_as_such(asking: Ask, error: object) -> None:
    with running(server(reply({"error": error}, 400))) as made:
        engine = asking(made)
        with pytest.raises(PromptTooLong):
            list(engine.chat(QUESTION, SamplingOptions(top_k=3)))
        assert len(made.chats()) == 1


def strict(handler: Handler, asked: Asked) -> None:
    if "top_k" in asked.body:
        words = {"message": "Unrecognized request argument supplied: top_k"}
        reply({"error": words}, 400)(handler, asked)
    else:
        streamed(delta("Yes."), finish())(handler, asked)


def test_a_strict_server_is_asked_once_more_without_what_it_does_not_know(asking: Ask) -> None:
    with running(server(strict)) as made:
        sampling = SamplingOptions(temperature=0.1, top_k=3)
        events = list(asking(made).chat(QUESTION, sampling))
    first, second = made.chats()
    assert "top_k" in first
    assert ("top_k" in second, second["temperature"]) == (False, 0.1)
    assert text_of(events) == "Yes."
    assert events[0] == Remark(f"{made.host} does not know top_k: the answer is made without")


def test_a_refusal_is_not_asked_for_a_third_time(asking: Ask) -> None:
    with running(server(reply({"error": {"message": "No."}}, 400))) as made:
        with pytest.raises(YiLocalError, match="does not take the request"):
            list(asking(made).chat(QUESTION, SamplingOptions(top_k=3)))
        assert len(made.chats()) == 2


# -- going on


def test_an_answer_goes_on_where_the_server_is_known_to_do_that(asking: Ask) -> None:
    chat = streamed(delta(" and three."), finish())
    with running(llama_server(chat)) as made:
        name = "/models/yi-1.5-6b-chat-q4_k_m.gguf"
        events = list(asking(made, name).chat(QUESTION, continues="One, two"))
    assert text_of(events) == " and three."
    assert made.chats()[0]["messages"][-1] == {"role": "assistant", "content": "One, two"}


def test_an_answer_does_not_go_on_where_it_might_begin_anew(asking: Ask) -> None:
    with running(ollama()) as made:
        engine = asking(made, "yi")
        with pytest.raises(UsageError, match="might begin anew"):
            engine.chat(QUESTION, continues="One, two")
        assert not made.chats()


def test_what_is_asked_for_goes_to_no_other_address(asking: Ask) -> None:
    with running(server()) as other, running(server()) as made:
        engine = asking(made, key="sk-1")
        target = ("Location", f"{other.url}/v1/chat/completions")
        made.routes["POST", "/v1/chat/completions"] = reply({}, 307, target)
        with pytest.raises(YiLocalError, match="sends us to another address"):
            list(engine.chat(QUESTION))
        assert not other.asked


def test_a_usage_beside_the_last_text_is_read(asking: Ask) -> None:
    last = json.loads(delta("Hi."))
    last["usage"] = json.loads(usage(5, 2))["usage"]
    with running(server(streamed(json.dumps(last), finish()))) as made:
        *_, done = asking(made).chat(QUESTION)
    assert isinstance(done, Done)
    assert done.usage.prompt_tokens == 5

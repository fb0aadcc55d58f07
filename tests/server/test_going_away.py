"""Clients that go away, wait, or come too many; engines that die; a server that is stopped."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.planning import MACHINE, plan_of
from tests.server.live import Live, Reply, chat_body, events_of, request_bytes, soon
from yi_local.assistant.loading.loader import Loader, NextPlan
from yi_local.assistant.planning import planned
from yi_local.assistant.planning.planned import Planned
from yi_local.errors import NotEnoughMemory
from yi_local.server.serving import Limits
from yi_local.types import LoadProgress

SHORT = Limits(first_s=0.1, keep_alive_s=0.05)


@contextmanager
def asking(live: Live, text: str, **fields: object) -> Iterator[list[Reply]]:
    """In another thread; the reply is there when this is left."""
    replies: list[Reply] = []
    thread = threading.Thread(target=lambda: replies.append(live.chat(text, **fields)))
    thread.start()
    yield replies
    thread.join(20)


def taken(live: Live, n: int) -> bool:
    return soon(lambda: live.serving.slots.n_taken == n)


# A client that goes away


def test_a_client_that_goes_away_in_the_midst_of_a_stream_ends_its_generation(live: Live) -> None:
    with live.opened("POST", "/v1/chat/completions", chat_body("tick", stream=True)) as response:
        events = events_of(response)
        for _ in range(5):
            next(events)
        assert not live.is_idle()
    assert soon(live.is_idle)
    assert live.said("say hello") == "hello"  # the same engine
    assert len(live.models.opened()) == 1


def test_a_client_that_goes_away_before_the_first_token_ends_it_too(live: Live) -> None:
    live.said("say hello")
    for stream in (True, False):
        with pytest.raises(TimeoutError), live.connect() as connection:  # noqa: PT012
            send(connection, chat_body("wait", stream=stream))
            assert taken(live, 1)
            connection.settimeout(0.2)
            connection.recv(1)
        assert soon(live.is_idle)
    assert soon(lambda: "yi_cancelled_total 2" in live.get("/metrics").body.decode())


def test_all_answers_of_a_client_that_goes_away_are_ended(live: Live) -> None:
    with live.connect() as connection:
        send(connection, chat_body("tick", n=3))
        assert taken(live, 3)
    assert soon(live.is_idle)


def test_a_client_that_goes_away_in_the_midst_of_its_request_is_no_fault_of_ours(
    live: Live, tmp_path: Path
) -> None:
    for _ in range(3):
        with live.connect() as connection:
            data = request_bytes("POST", "/v1/completions", b'{"a', {"Content-Length": "50"})
            connection.sendall(data)
            assert soon(lambda: len(live.server.server_state.tasks) == 1)
        assert soon(lambda: not live.server.server_state.tasks)
    assert not list(tmp_path.glob("home/logs/error-*.log"))


def test_a_load_goes_on_when_its_client_goes_away(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a client that is impatient, and comes again, would never get an answer."""
    load, is_begun = Loader.load, threading.Event()

    def slowly(self: Loader) -> Iterator[LoadProgress | NextPlan]:
        for progress in load(self):
            yield progress
            is_begun.set()
            time.sleep(0.2)

    monkeypatch.setattr(Loader, "load", slowly)
    with live.connect() as connection:
        send(connection, chat_body("tick"))
        assert is_begun.wait(20)
    assert loaded(live) == []
    assert soon(live.is_idle)
    assert loaded(live) == ["tiny"]


def test_a_client_that_goes_away_while_it_waits_leaves_the_line(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(parallel=1))
    with live.connect() as first:
        send(first, chat_body("wait"))
        assert taken(live, 1)
        with live.connect() as second:
            send(second, chat_body("say hello"))
            assert soon(lambda: live.serving.slots.n_waiting == 1)
        assert soon(lambda: live.serving.slots.n_waiting == 0)
        assert live.serving.slots.n_taken == 1
    assert soon(live.is_idle)


def send(connection: socket.socket, body: dict[str, object]) -> None:
    data = json.dumps(body).encode()
    connection.sendall(request_bytes("POST", "/v1/chat/completions", data))


# A long prefill


def test_a_stream_that_takes_long_shows_that_it_lives(serve: Callable[..., Live]) -> None:
    live = serve(limits=SHORT)
    with live.opened("POST", "/v1/chat/completions", chat_body("wait", stream=True)) as response:
        events = events_of(response)
        assert [next(events) for _ in range(3)] == [None, None, None]
    assert soon(live.is_idle)


def test_what_goes_wrong_after_a_stream_has_begun_is_its_last_event(
    serve: Callable[..., Live],
) -> None:
    live = serve(limits=SHORT)
    *_, last = live.streamed("half kill")
    assert last["error"]["code"] == "engine_died"


# Too many


def test_requests_past_the_line_are_told_when_to_come_again(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(parallel=1, waiting=1))
    with live.connect() as first, live.connect() as second:
        send(first, chat_body("wait"))
        assert taken(live, 1)
        send(second, chat_body("wait"))
        assert soon(lambda: live.serving.slots.n_waiting == 1)
        reply = live.chat("say hello")
        assert reply.status == 429
        assert reply.error["code"] == "rate_limit_exceeded"
        assert 1 <= int(reply.headers["retry-after"]) <= 60
        stream = live.chat("say hello", stream=True)
        assert (stream.status, stream.headers["content-type"]) == (429, "application/json")
    assert soon(live.is_idle)
    assert live.said("say hello") == "hello"


def test_requests_run_side_by_side_as_far_as_there_are_places(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(parallel=2))
    with live.connect() as first, live.connect() as second:
        send(first, chat_body("wait"))
        send(second, chat_body("wait"))
        assert taken(live, 2)
        with asking(live, "say hello") as replies:
            assert soon(lambda: live.serving.slots.n_waiting == 1)
            assert not replies
            first.close()
        assert replies[0].status == 200


def test_what_waits_holds_up_neither_health_nor_lists(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(parallel=1))
    with live.connect() as first:
        send(first, chat_body("wait"))
        assert taken(live, 1)
        assert live.get("/health").status == 200
        assert live.get("/v1/models").status == 200
        assert "yi_generations_running 1" in live.get("/metrics").body.decode()


# Engines that die


@pytest.mark.parametrize("text", ["dead kill", "half abort", "half exit", "half garbage"])
def test_a_dead_engine_is_an_error_and_the_next_request_loads_again(live: Live, text: str) -> None:
    first = live.said("pid")
    reply = live.chat(text)
    assert reply.status == 500
    assert reply.error["code"] == "engine_died"
    assert live.is_idle()
    second = live.said("pid")
    assert first != second


def test_all_requests_of_an_engine_that_dies_are_told(live: Live) -> None:
    pid = int(live.said("pid"))
    with asking(live, "wait") as one, asking(live, "wait", stream=True) as other:
        assert taken(live, 2)
        os.kill(pid, signal.SIGKILL)
    assert (one[0].status, other[0].status) == (500, 500)
    assert live.said("say hello") == "hello"


def test_a_model_that_does_not_load_is_told_and_holds_no_place(serve: Callable[..., Live]) -> None:
    live = serve("--load-error", "cannot_load")
    for _ in range(2):
        reply = live.chat("say hello")
        assert reply.status == 503
        assert "It will not load." in reply.error["message"]
    assert live.is_idle()


# Several models


def planning_by(monkeypatch: pytest.MonkeyPatch, live: Live, room: int) -> None:
    def plan(path: Path, *args: object, **named: object) -> Planned:
        others = [each for each in live.models.opened() if each.loaded and each.path != path]
        if len(others) >= room:
            raise NotEnoughMemory("It does not fit.")
        return Planned((plan_of(path),), MACHINE)

    monkeypatch.setattr(planned, "plan_file", plan)


def loaded(live: Live) -> list[str]:
    return [each.name for each in live.models.opened() if each.loaded]


def test_models_are_loaded_when_they_are_asked_for(live: Live) -> None:
    assert loaded(live) == []
    assert live.chat("say hi").json["model"] == "tiny"
    assert live.chat("say hi", model="OTHER").json["model"] == "other"
    assert live.chat("say hi", model="other.gguf").json["model"] == "other"
    assert loaded(live) == ["tiny", "other"]


def test_the_least_recently_used_model_makes_room(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning_by(monkeypatch, live, room=1)
    for name in ("tiny", "other", "tiny"):
        assert live.chat("say hi", model=name).status == 200
        assert loaded(live) == [name]


def test_a_request_waits_for_room_that_another_models_answer_takes(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning_by(monkeypatch, live, room=1)
    live.chat("say hi", model="other")
    live.chat("say hi")
    with live.connect() as first:
        send(first, chat_body("wait"))
        assert taken(live, 1)
        with asking(live, "say hi", model="other") as replies:
            assert taken(live, 2)
            time.sleep(0.3)
            assert not replies
            first.close()
    assert replies[0].status == 200
    assert loaded(live) == ["other"]


def test_room_that_does_not_come_is_told(
    serve: Callable[..., Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = serve(limits=Limits(memory_wait_s=0.3))
    planning_by(monkeypatch, live, room=1)
    live.chat("say hi", model="other")
    live.chat("say hi")
    with live.connect() as first:
        send(first, chat_body("wait"))
        assert taken(live, 1)
        assert live.chat("say hi", model="other").status == 503


def test_planning_one_model_holds_up_no_other(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    live.said("say hello")
    plans, may_go_on, is_planning = planned.plan_file, threading.Event(), threading.Event()

    def slowly(path: Path, *args: Any, **named: Any) -> Planned:
        is_planning.set()
        assert may_go_on.wait(20)
        return plans(path, *args, **named)

    monkeypatch.setattr(planned, "plan_file", slowly)
    with asking(live, "say hi", model="other") as replies:
        assert is_planning.wait(20)
        assert live.said("say hello") == "hello"
        assert live.get("/v1/models").status == 200
        may_go_on.set()
    assert replies[0].status == 200


def test_many_who_want_the_same_model_load_it_once(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(parallel=8))
    replies: list[str] = []
    threads = [threading.Thread(target=lambda: replies.append(live.said("pid"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(replies) == 8
    assert len(set(replies)) == 1


def test_an_idle_model_is_unloaded_and_comes_back(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(idle_s=0.5))
    first = live.said("pid")
    with live.connect() as connection:
        send(connection, chat_body("wait"))
        time.sleep(1.0)
        assert loaded(live) == ["tiny"]  # it is giving an answer
    assert soon(lambda: loaded(live) == [])
    assert live.said("pid") != first


# Being stopped


def test_a_server_that_is_stopped_ends_what_is_running(live: Live) -> None:
    body = chat_body("tick", stream=True)
    with live.opened("POST", "/v1/chat/completions", body) as response:
        events = events_of(response)
        next(events)
        with asking(live, "wait") as replies:
            assert taken(live, 2)
            begun = time.monotonic()
            live.server.stop()
        *_, last = events
    assert last["error"]["code"] == "stopping"
    assert replies[0].status == 503
    assert time.monotonic() - begun < 4
    live.close()
    with pytest.raises(ConnectionRefusedError):
        live.connect()


def test_a_server_that_is_stopped_sends_the_line_away(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(parallel=1))
    with asking(live, "wait") as first:
        assert taken(live, 1)
        with asking(live, "wait") as second:
            assert soon(lambda: live.serving.slots.n_waiting == 1)
            live.server.stop()
    assert (first[0].status, second[0].status) == (503, 503)

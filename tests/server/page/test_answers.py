"""Answers as the page reads them: asked, streamed, stopped, left, tried again."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.live import Live, chat_body, soon
from tests.server.page.asking import (
    begun,
    delete,
    kept,
    kinds,
    patch,
    reading,
    shown,
    texts,
    told,
    until,
)
from tests.server.page.test_markdown import demand_allowed, drawn
from yi_local.assistant.loading.loader import Loader, NextPlan
from yi_local.server.page.markdown import Tree, blocks
from yi_local.server.serving import Limits
from yi_local.store.conversations import Store
from yi_local.types import LoadProgress


def question_of(live: Live, chat: int) -> int:
    return int(shown(live, chat)["messages"][-1]["parent_id"])


# Asked and answered


def test_a_question_is_kept_and_its_answer_told_block_by_block(live: Live) -> None:
    chat = begun(live)
    events = told(live, chat, "send", text="say # Hi *you*")
    assert kinds(events) == [
        "asked", "loading", "begun", "prefill", "blocks", "kept", "[DONE]",
    ]  # fmt: skip
    asked = events[0]
    assert (asked["message"]["text"], asked["message"]["id"]) == ("say # Hi *you*", 1)
    assert (asked["chat"]["title"], asked["chat"]["model"]) == ("say # Hi you", "tiny")
    message = kept(events)
    assert (message["text"], message["finish_reason"]) == ("# Hi *you*", "stop")
    assert message["blocks"] == [["h1", {}, "Hi ", ["em", {}, "you"]]]
    assert message["usage"]["decode_tps"] == 20.0
    assert shown(live, chat)["messages"] == [asked["message"], message]
    again = told(live, chat, "send", text="messages")
    assert kinds(again)[:2] == ["asked", "begun"]  # it is loaded
    assert '"say # Hi *you*"' in kept(again)["text"]


def test_what_is_drawn_on_the_way_ends_as_the_whole(live: Live) -> None:
    text = "# T\n\n- a\n- **b** <b>\n\n```py\nx = 1\n```\n\n|a|b|\n|-|-|\n|1|`2`|\n\n" * 40
    events = told(live, begun(live), "send", text=f"say {text}end")
    drawing: list[Tree] = []
    pictures = [event for event in events if event != "[DONE]" and event["type"] == "blocks"]
    for event in pictures:
        drawing = drawn(drawing, (event["from"], event["blocks"]))
        demand_allowed(drawing)
    final = kept(events)["blocks"]
    assert final == blocks(text + "end")
    assert drawing == final
    assert 1 <= len(pictures) < 200  # not one for each piece


def test_a_hostile_answer_is_a_tree_of_texts(live: Live) -> None:
    text = (
        "<script>alert(1)</script> <img src=x onerror=alert(2)> [a](javascript:alert(3)) "
        "![b](data:text/html,x) <javascript:alert(4)>\n\n|<svg/onload=x>|\n|-|\n|[c](vbscript:d)|"
    )
    message = kept(told(live, begun(live), "send", text=f"say {text}"))
    demand_allowed(message["blocks"])
    assert "href" not in str(message["blocks"])
    assert message["text"] == text


def test_attachments_go_with_the_question(live: Live) -> None:
    chat = begun(live)
    files = [{"name": "C:\\me\\notes.txt", "text": "the notes"}, {"name": "a/b.md", "text": ""}]
    events = told(live, chat, "send", text="messages", attachments=files)
    assert events[0]["message"]["attachments"] == [
        {"name": "notes.txt", "chars": 9},
        {"name": "b.md", "chars": 0},
    ]
    assert "the notes" in kept(events)["text"]
    edited = told(live, chat, "edit", node_id=1, text="messages!")
    assert edited[0]["message"]["attachments"] == events[0]["message"]["attachments"]
    bare = told(live, chat, "edit", node_id=1, text="messages", attachments=[])
    assert bare[0]["message"]["attachments"] == []


def test_sampling_and_system_prompt_reach_the_engine(live: Live) -> None:
    chat = begun(live, sampling={"temperature": 0.25, "max_tokens": 7}, system="Be kind.")
    text = kept(told(live, chat, "send", text="sampling"))["text"]
    assert '"temperature": 0.25' in text
    assert '"max_tokens": 7' in text
    patch(live, chat, sampling={"top_k": 3}, system="Be brief.")
    assert '"top_k": 3' in kept(told(live, chat, "send", text="sampling"))["text"]
    assert "Be brief." in kept(told(live, chat, "send", text="messages"))["text"]


def test_the_next_answer_is_of_the_model_that_was_chosen(live: Live) -> None:
    chat = begun(live)
    told(live, chat, "send", text="say one")
    patch(live, chat, model="other")
    events = told(live, chat, "send", text="say two")
    assert kept(events)["model"] == "other"
    assert events[-2]["chat"]["model"] == "other"
    assert [m["model"] for m in shown(live, chat)["messages"]] == [None, "tiny", None, "other"]


def test_what_did_not_fit_the_context_is_told(serve: Callable[..., Live]) -> None:
    live = serve("--context", "200")
    chat = begun(live)
    told(live, chat, "send", text="say " + "word " * 120)
    events = told(live, chat, "send", text="say hi")
    [left_out] = [each for each in events if each != "[DONE]" and each["type"] == "left_out"]
    assert left_out["ids"] == [1, 2]
    assert left_out["tokens"] > 200
    assert kept(events)["left_out"] == [1, 2]


# Other versions


def test_another_try_is_a_version_beside_the_first(live: Live) -> None:
    chat = begun(live)
    first = kept(told(live, chat, "send", text="say hi"))
    second = kept(told(live, chat, "retry"))
    third = kept(told(live, chat, "retry", node_id=first["id"]))
    assert third["siblings"] == [first["id"], second["id"], third["id"]]
    assert [m["id"] for m in shown(live, chat)["messages"]] == [1, third["id"]]


def test_an_edit_is_a_version_of_the_question_with_an_answer(live: Live) -> None:
    chat = begun(live)
    told(live, chat, "send", text="say one")
    events = told(live, chat, "edit", node_id=1, text="say two")
    assert events[0]["message"]["siblings"] == [1, events[0]["message"]["id"]]
    assert texts(live, chat) == ["say two", "two"]


def test_an_answer_that_was_cut_goes_on_in_its_place(live: Live) -> None:
    chat = begun(live, sampling={"max_tokens": 3})
    first = kept(told(live, chat, "send", text="cut"))
    assert (first["text"], first["finish_reason"]) == ("word word word ", "length")
    events = told(live, chat, "continue")
    start = until(iter(events), "begun")["message"]
    assert (start["id"], start["blocks"]) == (first["id"], first["blocks"])
    more = kept(events)
    assert (more["id"], more["text"]) == (first["id"], "word " * 6)


def test_what_has_come_to_its_end_does_not_go_on(live: Live) -> None:
    chat = begun(live)
    reply = live.post(f"/page/chats/{chat}/retry", {})
    assert (reply.status, reply.error["type"]) == (400, "invalid_request_error")
    told(live, chat, "send", text="say hi")
    assert live.post(f"/page/chats/{chat}/continue", {}).status == 400
    assert live.post(f"/page/chats/{chat}/send", {"text": " \n"}).status == 400
    assert texts(live, chat) == ["say hi", "hi"]
    assert told(live, chat, "send", text="say on")[-1] == "[DONE]"  # nothing is in the way


# Stopped and left


def test_a_stop_keeps_what_came(live: Live) -> None:
    chat = begun(live)
    with reading(live, chat, "send", text="tick") as events:
        until(events, "blocks")
        assert live.post(f"/page/chats/{chat}/stop", {}).json == {}
        message = until(events, "kept")["message"]
        assert list(events) == ["[DONE]"]
    assert message["finish_reason"] == "cancelled"
    assert message["text"].startswith("tick ")
    assert soon(live.is_idle)
    assert shown(live, chat)["messages"][-1] == message


def test_of_an_answer_that_is_stopped_before_its_first_word_nothing_stays(live: Live) -> None:
    chat = begun(live)
    with reading(live, chat, "send", text="wait") as events:
        until(events, "begun")
        live.post(f"/page/chats/{chat}/stop", {})
        assert kinds(list(events))[-2:] == ["gone", "[DONE]"]
    assert texts(live, chat) == ["wait"]


def test_who_goes_away_in_the_midst_finds_what_came(live: Live) -> None:
    chat = begun(live)
    with reading(live, chat, "send", text="tick") as events:
        until(events, "blocks")
    assert soon(live.is_idle)
    message = shown(live, chat)["messages"][-1]
    assert (message["finish_reason"], message["text"][:4]) == ("cancelled", "tick")
    assert kept(told(live, chat, "send", text="say hi"))["text"] == "hi"


def test_who_comes_back_at_once_does_not_meet_himself(live: Live) -> None:
    chat = begun(live)
    for _ in range(5):
        with reading(live, chat, "send", text="tick") as events:
            until(events, "begun")
        live.post(f"/page/chats/{chat}/stop", {})  # as a page does that is opened again
        assert kept(told(live, chat, "send", text="say hi"))["finish_reason"] == "stop"
    assert soon(live.is_idle)


def test_a_stop_while_the_model_is_loaded_is_heeded_at_once(serve: Callable[..., Live]) -> None:
    live = serve("--stall-loading", limits=Limits(parallel=1))
    chat = begun(live)
    with reading(live, chat, "send", text="say hi") as events:
        until(events, "loading")
        at = time.monotonic()
        live.post(f"/page/chats/{chat}/stop", {})
        assert kinds(list(events))[-2:] == ["gone", "[DONE]"]
        assert time.monotonic() - at < 5
    assert texts(live, chat) == ["say hi"]
    [model] = live.models.opened()
    model.engine.close()


@pytest.fixture
def slow_load(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when loading has begun, which takes a second."""
    load, is_begun = Loader.load, threading.Event()

    def slowly(self: Loader) -> Iterator[LoadProgress | NextPlan]:
        for progress in load(self):
            is_begun.set()
            time.sleep(0.25)
            yield progress

    monkeypatch.setattr(Loader, "load", slowly)
    return is_begun


def test_a_load_goes_on_after_a_stop_and_serves_the_next_question(
    live: Live, slow_load: threading.Event
) -> None:
    chat = begun(live)
    with reading(live, chat, "send", text="say one") as events:
        until(events, "loading")
        live.post(f"/page/chats/{chat}/stop", {})
        assert kinds(list(events))[-2:] == ["gone", "[DONE]"]
    message = kept(told(live, chat, "send", text="say two"))
    assert message["text"].endswith("two")
    assert soon(live.is_idle)
    assert texts(live, chat) == ["say one", "say two", message["text"]]
    assert len(shown(live, chat)["messages"][1]["siblings"]) == 1


def test_the_question_outlives_a_client_that_leaves_while_it_stands_in_line(
    serve: Callable[..., Live],
) -> None:
    live = serve(limits=Limits(parallel=1, waiting=1))
    first, second = begun(live), begun(live)
    with reading(live, first, "send", text="tick") as ticking:
        until(ticking, "blocks")
        with reading(live, second, "send", text="say hi") as events:
            until(events, "asked")
            assert soon(lambda: live.serving.slots.n_waiting == 1)
        assert soon(lambda: live.serving.slots.n_waiting == 0)
        with reading(live, second, "retry") as _:
            pass
        assert texts(live, second) == ["say hi"]
    assert soon(live.is_idle)


def test_a_stop_takes_one_out_of_the_line(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(parallel=1))
    first, second = begun(live), begun(live)
    with reading(live, first, "send", text="tick") as ticking:
        until(ticking, "blocks")
        with reading(live, second, "send", text="say hi") as events:
            until(events, "asked")
            assert soon(lambda: live.serving.slots.n_waiting == 1)
            live.post(f"/page/chats/{second}/stop", {})
            assert kinds(list(events)) == ["gone", "[DONE]"]
        assert live.serving.slots.n_waiting == 0
        assert live.serving.slots.n_taken == 1


# One at a time


def test_a_second_answer_in_the_same_conversation_is_refused(live: Live) -> None:
    chat, other = begun(live), begun(live)
    with reading(live, chat, "send", text="tick") as events:
        until(events, "blocks")
        question = question_of(live, chat)
        for deed, fields in (
            ("send", {"text": "say hi"}),
            ("edit", {"node_id": question, "text": "say hi"}),
            ("retry", {}),
            ("continue", {}),
            ("choose", {"node_id": question}),
        ):
            reply = live.post(f"/page/chats/{chat}/{deed}", fields)
            assert (reply.status, reply.error["code"]) == (409, "answer_running"), deed
        assert kept(told(live, other, "send", text="say hi"))["text"] == "hi"
        assert patch(live, chat, title="t").status == 200
    assert soon(live.is_idle)
    assert [m["role"] for m in shown(live, chat)["messages"]] == ["user", "assistant"]


def test_too_many_at_once_are_told_when_to_come_again(serve: Callable[..., Live]) -> None:
    live = serve(limits=Limits(parallel=1, waiting=0))
    first, second = begun(live), begun(live)
    with reading(live, first, "send", text="tick") as events:
        until(events, "blocks")
        reply = live.post(f"/page/chats/{second}/send", {"text": "say hi"})
        assert (reply.status, reply.error["code"]) == (429, "rate_limit_exceeded")
        assert int(reply.headers["retry-after"]) >= 1
        assert live.post("/v1/chat/completions", chat_body("say hi")).status == 429
    assert texts(live, second) == []


def test_a_conversation_that_is_removed_in_the_midst_of_its_answer_is_gone(live: Live) -> None:
    chat = begun(live)
    with reading(live, chat, "send", text="tick") as events:
        until(events, "blocks")
        assert delete(live, f"/page/chats/{chat}").status == 200
        assert list(events)[-1] == "[DONE]"
    assert live.get(f"/page/chats/{chat}").status == 404
    assert soon(live.is_idle)


def test_conversations_are_answered_side_by_side(live: Live) -> None:
    chats = [begun(live) for _ in range(4)]
    found: dict[int, str] = {}

    def ask(chat: int) -> None:
        found[chat] = kept(told(live, chat, "send", text=f"say {chat} " + "x" * 200))["text"]

    threads = [threading.Thread(target=ask, args=(chat,)) for chat in chats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == {chat: f"{chat} " + "x" * 200 for chat in chats}


# What goes wrong


def test_a_model_that_is_gone_is_told_with_those_that_are_here(live: Live) -> None:
    chat = live.store.create(model="yi-34b").id
    reply = live.post(f"/page/chats/{chat}/send", {"text": "hi"})
    assert (reply.status, reply.error["code"]) == (404, "model_not_found")
    assert "There are: tiny, other" in reply.error["message"]
    assert texts(live, chat) == []
    patch(live, chat, model="tiny")
    assert kept(told(live, chat, "send", text="say hi"))["text"] == "hi"


def test_the_question_is_kept_though_the_model_does_not_load(serve: Callable[..., Live]) -> None:
    live = serve("--load-error", "cannot_load")
    chat = begun(live)
    events = told(live, chat, "send", text="say hi")
    assert kinds(events) == ["asked", "loading", "error", "[DONE]"]
    assert events[-2]["code"] == "model_not_loadable"
    assert "It will not load." in events[-2]["message"]
    assert texts(live, chat) == ["say hi"]
    reply = live.post(f"/page/chats/{chat}/retry", {})
    assert reply.status in (200, 503)  # whether something was told of the loading before


def test_an_engine_that_dies_leaves_what_came(live: Live) -> None:
    chat = begun(live)
    events = told(live, chat, "send", text="half kill")
    assert kinds(events)[-3:] == ["kept", "error", "[DONE]"]
    assert events[-2]["code"] == "engine_died"
    message = kept(events)
    assert (message["text"], message["finish_reason"]) == ("Half an ans", "error")
    assert kept(told(live, chat, "continue"))["text"] == "Half an answer."


def test_an_engine_that_dies_before_its_first_word_leaves_the_question(live: Live) -> None:
    chat = begun(live)
    events = told(live, chat, "send", text="dead kill")
    assert kinds(events)[-3:] == ["gone", "error", "[DONE]"]
    assert texts(live, chat) == ["dead kill"]


def test_a_question_that_is_too_long_is_kept_and_told(live: Live) -> None:
    chat = begun(live)
    events = told(live, chat, "send", text="this is too long")
    assert kinds(events)[-2:] == ["error", "[DONE]"]
    assert events[-2]["code"] == "context_length_exceeded"
    assert events[-2]["hint"]
    assert texts(live, chat) == ["this is too long"]


def test_a_server_that_is_stopped_keeps_what_came(
    serve: Callable[..., Live], tmp_path: Path
) -> None:
    live = serve(store=Store(tmp_path / "c.db"))
    chat = begun(live)
    with reading(live, chat, "send", text="tick") as events:
        until(events, "blocks")
        live.server.stop()
        rest = list(events)
    assert kinds(rest)[-2:] in (["kept", "[DONE]"], ["error", "[DONE]"])
    live.close()
    with Store(tmp_path / "c.db") as store:
        answer = store.path(chat)[-1]
    assert answer.finish_reason == "cancelled"
    assert answer.message.content.startswith("tick")


def test_answers_of_the_page_are_in_the_server_s_books(live: Live) -> None:
    told(live, begun(live), "send", text="say hi")
    told_there = live.get("/metrics").body.decode()
    assert 'yi_tokens_total{kind="completion"} 1' in told_there
    assert 'yi_requests_total{route="/page/",status="200"}' in told_there
    assert "chats" not in told_there

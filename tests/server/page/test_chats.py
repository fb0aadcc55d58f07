"""Conversations over HTTP: listed, found, shown, changed, removed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.server.live import Live
from tests.server.page.asking import begun, delete, listed, patch, shown, texts, told
from yi_local import __version__
from yi_local.settings import Preset, Settings
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment, Receipt
from yi_local.types import SamplingOptions, Usage

USAGE = Usage(10, 4, 6, 100.0, 20.0, 0.3)


def said(store: Store, *pairs: tuple[str, str], model: str = "tiny", **fields: Any) -> int:
    """A conversation as the terminal app leaves it."""
    chat = store.create(model=model, **fields)
    parent = None
    for question, answer in pairs:
        asked = store.ask(chat.id, parent, question)
        node = store.begin_answer(chat.id, asked.id, model)
        parent = store.finish(node.id, answer, "stop", None).id
    return chat.id


# About


def test_it_says_what_there_is(live: Live) -> None:
    about = live.get("/page/about").json
    assert (about["version"], about["model"], about["system"]) == (__version__, "tiny", None)
    assert about["models"] == [
        {"name": "tiny", "title": "tiny", "loaded": False},
        {"name": "other", "title": "other", "loaded": False},
    ]
    assert about["saves_history"] is False
    told(live, begun(live), "send", text="say hi")
    assert live.get("/page/about").json["models"][0]["loaded"] is True


def test_every_field_of_the_drawer_has_its_default_within_its_bounds(live: Live) -> None:
    fields = live.get("/page/about").json["sampling"]
    names = [field["name"] for field in fields]
    assert names == [
        "temperature", "top_p", "top_k", "min_p", "repeat_penalty", "max_tokens", "seed",
    ]  # fmt: skip
    for field in fields:
        default = field["default"]
        assert default == getattr(SamplingOptions(), field["name"])
        assert default is None or field["low"] <= default <= field["high"]
        for bound in (field["low"], field["high"]):
            kind = int if isinstance(field["step"], int) else float
            SamplingOptions(**{field["name"]: kind(bound)})


def test_advice_is_that_of_the_model_that_is_asked_about(live: Live) -> None:
    assert live.get("/page/about?model=other").status == 200
    reply = live.get("/page/about?model=none")
    assert (reply.status, reply.error["code"]) == (404, "model_not_found")
    assert "tiny" in reply.error["message"]


def test_one_begins_with_the_model_of_the_command_line_else_the_newest_conversation_s(
    serve: Callable[..., Live], folder: Path, tmp_path: Path
) -> None:
    store = Store(tmp_path / "c.db")
    said(store, ("a", "b"), model=str(folder / "other.gguf"))
    live = serve(first=(), store=store)
    about = live.get("/page/about").json
    assert (about["model"], about["saves_history"]) == ("other", True)
    chat = live.post("/page/chats", {}).json
    assert chat["model"] == "other"


def test_without_any_model_there_is_none_to_begin_with(
    serve: Callable[..., Live], folder: Path
) -> None:
    for name in ("tiny", "other"):
        (folder / f"{name}.gguf").unlink()
    live = serve(first=())
    about = live.get("/page/about").json
    assert (about["model"], about["models"]) == (None, [])
    chat = live.post("/page/chats", {}).json
    assert chat["model"] is None
    reply = live.post(f"/page/chats/{chat['id']}/send", {"text": "hi"})
    assert (reply.status, reply.error["code"]) == (404, "model_not_found")


# Begun


def test_a_conversation_begins_with_what_was_chosen(live: Live) -> None:
    chosen = {"temperature": 0.1, "top_k": 5, "seed": None, "unknown": "x"}
    chat = live.post("/page/chats", {"model": "OTHER", "system": "Be kind.", "sampling": chosen})
    assert chat.json | {"created_s": 0, "updated_s": 0} == {
        "id": 1,
        "title": "",
        "model": "other",
        "system": "Be kind.",
        "sampling": {"temperature": 0.1, "top_k": 5},
        "preset": None,
        "created_s": 0,
        "updated_s": 0,
        "n_messages": 0,
    }
    assert listed(live)["chats"] == []  # until something is said


def test_a_conversation_begins_with_the_preset_of_its_model(serve: Callable[..., Live]) -> None:
    terse = Preset("terse", "Be short.", {"temperature": 0.2})
    live = serve(settings=Settings(presets=(terse,), model_presets={"tiny": "terse"}))
    chat = live.post("/page/chats", {}).json
    assert (chat["preset"], chat["system"]) == ("terse", "Be short.")
    assert chat["sampling"] == {"temperature": 0.2}
    other = live.post("/page/chats", {"model": "other"}).json
    assert (other["preset"], other["system"], other["sampling"]) == (None, None, {})
    own = live.post("/page/chats", {"sampling": {"top_k": 1}}).json
    assert own["sampling"] == {"top_k": 1}


# Listed and found


def test_the_newest_come_first_and_page_by_page(live: Live) -> None:
    made = [said(live.store, (f"question {number}", "a")) for number in range(5)]
    first = listed(live, "?limit=2")
    assert [chat["id"] for chat in first["chats"]] == [made[4], made[3]]
    assert first["more"] is True
    second = listed(live, f"?limit=2&before={first['next']}")
    by_id = listed(live, f"?limit=2&before={made[3]}")
    assert second == by_id
    assert [chat["id"] for chat in second["chats"]] == [made[2], made[1]]
    last = listed(live, f"?limit=2&before={second['next']}")
    assert [chat["id"] for chat in last["chats"]] == [made[0]]
    assert (last["more"], last["next"]) == (False, None)


def test_what_was_said_is_found_in_every_language(live: Live) -> None:
    chat = said(live.store, ("杭州有什么好玩的？", "西湖。"), ("And Paris?", "The Louvre."))
    [hit] = listed(live, "?query=%E8%A5%BF%E6%B9%96")["hits"]
    assert (hit["chat"]["id"], hit["role"], hit["found"]) == (chat, "assistant", "西湖")
    assert shown(live, chat)["messages"][1]["id"] == hit["node_id"]
    assert listed(live, "?query=louvre")["hits"]
    assert listed(live, "?query=nothing")["hits"] == []
    assert "hits" not in listed(live, "?query=%20")


def test_what_another_program_writes_is_seen_at_once(
    serve: Callable[..., Live], tmp_path: Path
) -> None:
    live = serve(store=Store(tmp_path / "c.db"))
    with Store(tmp_path / "c.db") as terminal:
        chat = said(terminal, ("one", "1"))
        assert texts(live, chat) == ["one", "1"]
        asked = terminal.ask(chat, terminal.path_ids(chat)[-1], "two")
        node = terminal.begin_answer(chat, asked.id, "tiny")
        terminal.write(node.id, "half")
        half = shown(live, chat)["messages"][-1]
        assert (half["text"], half["finish_reason"]) == ("half", None)
        told(live, chat, "send", text="say three")
        assert [n.message.content for n in terminal.path(chat)][-2:] == ["say three", "three"]


# Shown


def test_a_message_says_all_that_is_shown_of_it(live: Live) -> None:
    store = live.store
    chat = store.create(model="tiny")
    asked = store.ask(chat.id, None, "look *here*", [Attachment("notes.txt", "x" * 12)])
    node = store.begin_answer(chat.id, asked.id, "tiny")
    receipt = Receipt(
        "tiny", "tiny.gguf", 1, 2, None, None, None, None, None, "0", {}, SamplingOptions(),
        None, USAGE, left_out=(asked.id,),
    )  # fmt: skip
    store.finish(node.id, "*yes*", "length", receipt)
    store.pin(asked.id, True)
    question, answer = shown(live, chat.id)["messages"]
    assert question | {"created_s": 0} == {
        "id": asked.id, "parent_id": None, "role": "user", "text": "look *here*", "blocks": None,
        "created_s": 0, "finish_reason": None, "model": None, "pinned": True,
        "attachments": [{"name": "notes.txt", "chars": 12}], "siblings": [asked.id],
        "usage": None, "left_out": [],
    }  # fmt: skip
    assert answer["blocks"] == [["p", {}, ["em", {}, "yes"]]]
    assert (answer["finish_reason"], answer["model"]) == ("length", "tiny")
    assert (answer["usage"]["decode_tps"], answer["left_out"]) == (20.0, [asked.id])


def test_a_long_conversation_is_shown_from_its_end(live: Live) -> None:
    chat = said(live.store, *((f"q{number}", f"a{number}") for number in range(40)))
    end = shown(live, chat)
    assert (len(end["messages"]), end["more"]) == (60, True)
    above = shown(live, chat, f"?last=15&before={end['messages'][0]['id']}")
    assert [m["text"] for m in above["messages"]][-1] == "a9"
    assert (len(above["messages"]), above["more"]) == (15, True)
    top = shown(live, chat, f"?before={above['messages'][0]['id']}")
    assert (len(top["messages"]), top["more"]) == (5, False)


def test_another_version_is_chosen_with_what_stood_below_it(live: Live) -> None:
    store = live.store
    chat = said(store, ("one", "first"), ("more", "below"))
    question, first = store.path_ids(chat)[:2]
    other = store.begin_answer(chat, question, "tiny")
    store.finish(other.id, "second", "stop", None)
    assert texts(live, chat) == ["one", "second"]
    assert shown(live, chat)["messages"][1]["siblings"] == [first, other.id]
    reply = live.post(f"/page/chats/{chat}/choose", {"node_id": first})
    assert reply.json == shown(live, chat)
    assert texts(live, chat) == ["one", "first", "more", "below"]


def test_a_message_is_pinned_and_unpinned(live: Live) -> None:
    chat = said(live.store, ("one", "first"))
    node = live.store.path_ids(chat)[0]
    for pinned in (True, False):
        reply = live.post(f"/page/chats/{chat}/pin", {"node_id": node, "pinned": pinned})
        assert reply.json == shown(live, chat)["messages"][0]
        assert reply.json["pinned"] is pinned


# Changed and removed


def test_everything_of_a_conversation_can_be_changed(live: Live) -> None:
    chat = said(live.store, ("one", "first"), title="one")
    changed = patch(live, chat, title="  A new\ntitle ", system="", model="other",
                    sampling={"temperature": 1, "stop": ["x"]})  # fmt: skip
    assert changed.status == 200
    assert changed.json == shown(live, chat)["chat"]
    assert (changed.json["title"], changed.json["system"]) == ("A new title", "")
    assert (changed.json["model"], changed.json["sampling"]) == (
        "other",
        {"temperature": 1.0, "stop": ["x"]},
    )
    again = patch(live, chat, system=None, sampling=None).json
    assert (again["system"], again["sampling"], again["title"]) == (None, {}, "A new title")
    told(live, chat, "send", text="say hi")
    assert shown(live, chat)["chat"]["title"] == "A new title"


def test_a_conversation_that_is_removed_is_gone(live: Live) -> None:
    chat, other = said(live.store, ("one", "first")), said(live.store, ("two", "second"))
    assert delete(live, f"/page/chats/{chat}").json == {}
    assert [each["id"] for each in listed(live)["chats"]] == [other]
    for reply in (
        live.get(f"/page/chats/{chat}"),
        delete(live, f"/page/chats/{chat}"),
        patch(live, chat, title="x"),
        live.post(f"/page/chats/{chat}/send", {"text": "hi"}),
        live.post(f"/page/chats/{chat}/retry", {}),
        live.get(f"/page/chats?before={chat}"),
    ):
        assert (reply.status, reply.error["code"]) == (404, "chat_not_found")
    assert live.post(f"/page/chats/{chat}/stop", {}).json == {}  # also twice, also of nothing


def test_a_message_of_another_conversation_is_none_of_this_one(live: Live) -> None:
    chat, other = said(live.store, ("one", "first")), said(live.store, ("two", "second"))
    question, answer = live.store.path_ids(other)
    for node in (question, answer, 999, 2**63 - 1):
        for deed, fields in (
            ("choose", {}),
            ("pin", {"pinned": True}),
            ("retry", {}),
            ("continue", {}),
            ("edit", {"text": "x"}),
        ):
            reply = live.post(f"/page/chats/{chat}/{deed}", {"node_id": node, **fields})
            assert (reply.status, reply.error["code"]) == (404, "message_not_found"), deed
        assert live.get(f"/page/chats/{chat}?before={node}").status == 404
    assert texts(live, other) == ["two", "second"]


@pytest.mark.parametrize(
    ("method", "path", "body", "param"),
    [
        ("GET", "/page/chats?limit=x", None, "limit"),
        ("GET", "/page/chats?limit=0", None, "limit"),
        ("GET", "/page/chats?limit=100000", None, "limit"),
        ("GET", "/page/chats?before=yesterday", None, "before"),
        ("GET", "/page/chats?before=nan", None, "before"),
        ("GET", "/page/chats?before=" + "9" * 5000, None, "before"),
        ("GET", "/page/chats/1?last=-1", None, "last"),
        ("GET", "/page/chats/1?before=99999999999999999999999", None, "before"),
        ("POST", "/page/chats", {"model": 1}, "model"),
        ("POST", "/page/chats", {"system": []}, "system"),
        ("POST", "/page/chats", {"sampling": []}, "sampling"),
        ("POST", "/page/chats", {"sampling": {"temperature": "hot"}}, "sampling.temperature"),
        ("POST", "/page/chats", {"sampling": {"temperature": True}}, "sampling.temperature"),
        ("POST", "/page/chats", {"sampling": {"temperature": -1}}, "sampling.temperature"),
        ("POST", "/page/chats", {"sampling": {"seed": 10**400}}, "sampling"),
        ("POST", "/page/chats", {"sampling": {"temperature": 10**400}}, "sampling"),
        ("POST", "/page/chats", {"sampling": {"logit_bias": {"x": 1}}}, "sampling.logit_bias"),
        ("PATCH", "/page/chats/1", {"title": 3}, "title"),
        ("PATCH", "/page/chats/1", {"title": " \n "}, "title"),
        ("PATCH", "/page/chats/1", {"system": 3}, "system"),
        ("POST", "/page/chats/1/choose", {}, "node_id"),
        ("POST", "/page/chats/1/choose", {"node_id": "1"}, "node_id"),
        ("POST", "/page/chats/1/choose", {"node_id": 2**70}, "node_id"),
        ("POST", "/page/chats/1/pin", {"node_id": 1}, "pinned"),
        ("POST", "/page/chats/1/pin", {"node_id": 1, "pinned": "yes"}, "pinned"),
        ("POST", "/page/chats/1/send", {"text": 1}, "text"),
        ("POST", "/page/chats/1/send", {"text": "a", "attachments": "b"}, "attachments"),
        ("POST", "/page/chats/1/send", {"text": "a", "attachments": ["b"]}, "attachments[0]"),
        (
            "POST",
            "/page/chats/1/send",
            {"text": "a", "attachments": [{"name": "b"}]},
            "attachments[0].text",
        ),
        ("POST", "/page/chats/1/edit", {"text": "a"}, "node_id"),
        ("POST", "/page/chats/1/retry", {"node_id": True}, "node_id"),
    ],
)
def test_what_is_of_the_wrong_type_is_refused_by_name(
    live: Live, method: str, path: str, body: object, param: str
) -> None:
    said(live.store, ("one", "first"))
    reply = live.ask(method, path, body)
    assert (reply.status, reply.error["param"]) == (400, param), reply
    assert texts(live, 1) == ["one", "first"]


def test_a_number_that_no_conversation_can_have_is_not_found(live: Live) -> None:
    for number in (2**63, 10**30, "9" * 6000, "1.0", "%31%32x", "٣"):
        path = f"/page/chats/{quote(str(number), safe='%')}"
        assert live.get(path).status == 404
        assert live.post(f"{path}/stop", {}).status == 404


def test_what_is_not_valid_unicode_is_shown_all_the_same(live: Live) -> None:
    chat = said(live.store, ("half \ud83d", "of \ude00 it"))
    assert texts(live, chat) == ["half ?", "of ? it"]


# What is nobody's business


def test_no_answer_names_a_place_on_this_machine(
    serve: Callable[..., Live], folder: Path, tmp_path: Path
) -> None:
    path = str(folder / "tiny.gguf")
    store = Store(tmp_path / "c.db")
    live = serve("--log", "loading /home/somebody/secret.gguf", store=store)
    chat = store.create(model=path)
    asked = store.ask(chat.id, None, "a", [Attachment("/home/me/notes.txt", "text")])
    node = store.begin_answer(chat.id, asked.id, path)
    receipt = Receipt(
        path, path, 1, 2, None, None, None, None, None, "0", {"path": path}, SamplingOptions(),
        None, USAGE,
    )  # fmt: skip
    store.finish(node.id, "b", "stop", receipt)
    windows = said(store, ("c", "d"), model=r"C:\Users\me\secret\yi.gguf")
    replies: list[bytes] = [
        live.get("/page/about").body,
        live.get("/page/chats").body,
        live.get("/page/chats?query=b").body,
        live.get(f"/page/chats/{chat.id}").body,
        live.get(f"/page/chats/{windows}").body,
        live.post(f"/page/chats/{windows}/send", {"text": "hi"}).body,
        live.post("/page/chats", {"model": path}).body,
        live.post("/page/chats", {"model": "../tiny.gguf"}).body,
    ]
    for text in ("say hi", "half kill", "dead garbage", "too long"):
        replies.append(json.dumps(told(live, chat.id, "send", text=text)).encode())
    (folder / "other.gguf").unlink()
    assert patch(live, chat.id, model="other").status == 200  # it is known for some seconds
    replies.append(live.post(f"/page/chats/{chat.id}/send", {"text": "say hi"}).body)
    for reply in replies:
        for secret in (str(tmp_path), "/home/", "secret", "Users", ".log", "Traceback"):
            assert secret.encode() not in reply, reply
    first = shown(live, chat.id)
    assert first["messages"][0]["attachments"] == [{"name": "notes.txt", "chars": 4}]
    assert first["messages"][1]["model"] == "tiny"
    assert shown(live, windows)["chat"]["model"] == "yi"

"""Attacks on the conversations: other web sites, forms, large bodies, strange methods."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.live import Live, request_bytes
from tests.server.page.asking import begun, delete, kept, listed, shown, texts, told
from yi_local.server.guard import Door

SITE = "https://page.example"
CHANGES = (
    ("POST", "/page/chats", {}),
    ("PATCH", "/page/chats/1", {"title": "theirs"}),
    ("DELETE", "/page/chats/1", None),
    ("POST", "/page/chats/1/send", {"text": "say hi"}),
    ("POST", "/page/chats/1/edit", {"node_id": 1, "text": "say hi"}),
    ("POST", "/page/chats/1/retry", {}),
    ("POST", "/page/chats/1/continue", {}),
    ("POST", "/page/chats/1/choose", {"node_id": 1}),
    ("POST", "/page/chats/1/pin", {"node_id": 1, "pinned": True}),
    ("POST", "/page/chats/1/stop", {}),
)
READS = ("/page/about", "/page/chats", "/page/chats?query=mine", "/page/chats/1")


@pytest.fixture
def live(serve: Callable[..., Live]) -> Live:
    """With a conversation, and a site that may ask for answers."""
    made = serve(door=Door(origins=frozenset({SITE})))
    told(made, begun(made), "send", text="say mine")
    return made


def untouched(live: Live) -> bool:
    [chat] = listed(live)["chats"]
    return chat["title"] == "say mine" and texts(live, 1) == ["say mine", "mine"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1.evil.example", SITE],
)
def test_another_site_reads_and_changes_nothing_not_even_one_that_may_ask_for_answers(
    live: Live, origin: str
) -> None:
    headers = {"Origin": origin}
    replies = [live.get(path, headers) for path in READS]
    for method, path, body in CHANGES:
        replies.append(live.ask(method, path, body, headers))
        asked = {**headers, "Access-Control-Request-Method": method}
        replies.append(live.ask("OPTIONS", path, None, asked))
    for reply in replies:
        assert (reply.status, reply.error["code"]) == (403, "wrong_origin")
        assert not [name for name in reply.headers if name.startswith("access-control")]
        assert b"mine" not in reply.body
    assert untouched(live)


def test_the_site_that_may_ask_for_answers_still_may(live: Live) -> None:
    reply = live.get("/v1/models", {"Origin": SITE})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, SITE)


def test_our_own_page_may_do_everything(live: Live) -> None:
    own = {"Origin": f"http://127.0.0.1:{live.port}", "Sec-Fetch-Site": "same-origin"}
    for path in READS:
        assert live.get(path, own).status == 200
    assert live.ask("PATCH", "/page/chats/1", {"title": "ours"}, own).json["title"] == "ours"
    assert delete(live, "/page/chats/1", own).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_site_fetches_without_saying_its_name_is_refused(live: Live, site: str) -> None:
    for mode in ("no-cors", "cors"):
        for path in (*READS, "/", "/page/main.js", "/page/words/en"):
            reply = live.get(path, {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode})
            assert reply.status == 403, path
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert live.get("/", link).status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example"])
def test_a_name_that_leads_here_is_not_ours(live: Live, host: str) -> None:
    for path in ("/", "/page/main.js", "/page/words/en", *READS):
        assert b" 403 " in live.raw(request_bytes("GET", path, b"", {"Host": host}))[:20]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_can_send_is_refused(live: Live, content_type: str) -> None:
    for method, path, body in CHANGES:
        data = json.dumps(body or {"x": 1}).encode()
        reply = live.ask(method, path, data, {"Content-Type": content_type})
        assert (reply.status, reply.error["code"]) == (415, "not_json"), (method, path)
    assert untouched(live)


def test_removing_needs_no_body(live: Live) -> None:
    assert delete(live, "/page/chats/1", {"Content-Type": "text/plain"}).status == 200


def test_a_body_in_chunks_is_a_body_too(live: Live) -> None:
    head = request_bytes(
        "DELETE",
        "/page/chats/1",
        b"",
        {"Content-Type": "text/plain", "Transfer-Encoding": "chunked"},
    )
    assert b" 415 " in live.raw(head + b"2\r\n{}\r\n0\r\n\r\n")[:20]
    assert untouched(live)


def test_a_path_takes_its_own_methods_alone(live: Live) -> None:
    for method, path in (
        ("POST", "/"),
        ("DELETE", "/page/chats"),
        ("PUT", "/page/chats/1"),
        ("POST", "/page/chats/1"),
        ("GET", "/page/chats/1/send"),
        ("GET", "/page/chats/1/stop"),
        ("DELETE", "/page/main.js"),
        ("POST", "/page/words/en"),
        ("POST", "/page/about"),
    ):
        body = b"{}" if method in ("POST", "PUT") else None
        assert live.ask(method, path, body).status == 405, (method, path)
    assert untouched(live)


def test_a_body_that_is_too_large_is_refused(serve: Callable[..., Live]) -> None:
    live = serve(door=Door(max_body_bytes=1000))
    chat = begun(live)
    large = {"text": "x" * 1000}
    for method, path in (
        ("POST", "/page/chats"),
        ("PATCH", f"/page/chats/{chat}"),
        ("POST", f"/page/chats/{chat}/send"),
        ("POST", f"/page/chats/{chat}/stop"),
    ):
        if not path.endswith("stop"):  # which reads none
            assert live.ask(method, path, large).status == 413, path
    assert texts(live, chat) == []


def test_an_attachment_that_no_context_holds_is_refused(live: Live) -> None:
    files = [{"name": "a", "text": "x" * 4_000_001}]
    reply = live.post("/page/chats/1/send", {"text": "a", "attachments": files})
    assert (reply.status, reply.error["param"]) == (400, "attachments[0].text")
    many = [{"name": "a", "text": "b"}] * 33
    assert live.post("/page/chats/1/send", {"text": "a", "attachments": many}).status == 400
    assert untouched(live)


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b'{"text": "a"', b"\xff", b"[" * 10_000])
def test_what_is_no_json_object_is_refused(live: Live, body: bytes) -> None:
    for path in ("/page/chats", "/page/chats/1/send", "/page/chats/1/choose"):
        assert live.ask("POST", path, body).status == 400
    assert live.ask("PATCH", "/page/chats/1", body).status == 400
    assert untouched(live)


def test_conversations_cannot_be_framed_sniffed_or_kept_by_others(live: Live) -> None:
    for path in READS:
        headers = live.get(path).headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert headers["content-type"] == "application/json"


def test_a_path_is_no_name_of_a_model(live: Live, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.gguf"
    secret.write_bytes((folder / "tiny.gguf").read_bytes())
    for name in (str(secret), "../secret", "~/secret", "..\\secret", "\0"):
        for reply in (
            live.post("/page/chats", {"model": name}),
            live.ask("PATCH", "/page/chats/1", {"model": name}),
        ):
            assert (reply.status, reply.error["code"]) == (404, "model_not_found"), name
    chat = live.store.create(model=str(secret)).id  # as a terminal may have it
    assert live.post(f"/page/chats/{chat}/send", {"text": "hi"}).status == 404
    assert shown(live, chat)["chat"]["model"] == "secret"
    assert kept(told(live, 1, "send", text="say hi"))["model"] == "tiny"

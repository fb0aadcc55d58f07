"""Attacks on a running server: what a web site, a neighbour, a bad client could try."""

import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.server.live import PATIENCE_S, QUICK, Live, chat_body, read_all, request_bytes, soon
from yi_local.server.guard import Door

KEY = "a-key-of-32-characters-and-more.."
BODY = json.dumps(chat_body("say hello")).encode()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def chat_request(headers: Mapping[str, str]) -> bytes:
    return request_bytes("POST", "/v1/chat/completions", BODY, headers)


# DNS rebinding: a site's own name leads to this machine


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.1", "a@b"])
def test_a_foreign_host_header_is_refused(live: Live, host: str) -> None:
    reply = live.raw(chat_request({"Host": host}))
    assert status_of(reply) == 403
    assert b"hello" not in reply
    assert not live.models.opened()  # nothing was begun


def test_a_request_without_or_with_two_host_headers_is_refused(live: Live) -> None:
    assert status_of(live.raw(b"GET /v1/models HTTP/1.0\r\n\r\n")) == 403
    twice = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
    assert status_of(live.raw(twice)) == 400


def test_a_url_in_the_request_line_does_not_replace_the_host(live: Live) -> None:
    data = b"GET http://localhost/v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    assert status_of(live.raw(data)) == 403


def test_a_host_name_that_was_allowed_is_answered(serve: Callable[..., Live]) -> None:
    live = serve(door=Door(host_names=frozenset({"laptop.lan"})))
    assert live.get("/v1/models", {"Host": "Laptop.lan:80"}).status == 200
    assert live.get("/v1/models", {"Host": "evil.lan"}).status == 403


# Pages of other sites in a browser on this machine


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost:1", "http://localhost.evil.example"],
)
def test_another_origin_is_refused_and_gets_no_cors_headers(live: Live, origin: str) -> None:
    for reply in (
        live.post("/v1/chat/completions", chat_body("say hello"), {"Origin": origin}),
        live.get("/v1/models", {"Origin": origin}),
        live.ask(
            "OPTIONS",
            "/v1/chat/completions",
            None,
            {"Origin": origin, "Access-Control-Request-Method": "POST"},
        ),
    ):
        assert reply.status == 403
        assert not [name for name in reply.headers if name.startswith("access-control")]
    assert not live.models.opened()


def test_the_same_origin_may_ask(live: Live) -> None:
    origin = {"Origin": f"http://127.0.0.1:{live.port}"}
    assert live.post("/v1/chat/completions", chat_body("say hello"), origin).status == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_can_send_is_refused(live: Live, content_type: str) -> None:
    reply = live.post("/v1/chat/completions", BODY, {"Content-Type": content_type})
    assert reply.status == 415
    assert not live.models.opened()


def test_an_image_of_another_site_is_refused_and_a_link_is_not(live: Live) -> None:
    image = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert live.get("/v1/models", image).status == 403
    assert live.get("/v1/models", link).status == 200


def test_an_allowed_origin_gets_leave_for_itself_alone(serve: Callable[..., Live]) -> None:
    site = "https://page.example"
    live = serve(door=Door((KEY,), origins=frozenset({site})))
    asked = {
        "Origin": site,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    leave = live.ask("OPTIONS", "/v1/chat/completions", None, asked)
    assert leave.status == 204
    assert leave.headers["access-control-allow-origin"] == site
    assert leave.headers["access-control-allow-headers"] == "authorization, content-type"
    assert leave.headers["vary"] == "origin"
    assert "access-control-allow-credentials" not in leave.headers
    reply = live.get("/v1/models", {"Origin": site, "Authorization": f"Bearer {KEY}"})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, site)
    assert live.get("/v1/models", {"Origin": site}).status == 401


def test_answers_cannot_be_framed_sniffed_or_read_by_other_sites(live: Live) -> None:
    for reply in (live.get("/v1/models"), live.get("/nothing"), live.chat("say hello")):
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"
        assert reply.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in reply.headers


# Keys


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Authorization": "Bearer "},
        {"X-Api-Key": ""},
    ],
)
def test_without_the_key_nothing_is_told(
    serve: Callable[..., Live], headers: dict[str, str]
) -> None:
    live = serve(door=Door((KEY,)))
    for method, path in [
        ("GET", "/v1/models"),
        ("GET", "/v1/models/tiny"),
        ("GET", "/metrics"),
        ("GET", "/nothing"),
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/tokenize"),
        ("POST", "//v1/chat/completions"),
        ("POST", "/health/../v1/chat/completions"),
    ]:
        reply = live.ask(method, path, BODY if method == "POST" else None, headers)
        assert reply.status == 401, path
        assert reply.error["code"] == "invalid_api_key"
        assert reply.headers["www-authenticate"] == "Bearer"
    assert not live.models.opened()


def test_one_of_several_keys_is_enough(serve: Callable[..., Live]) -> None:
    live = serve(door=Door(("first-key", KEY)))
    assert live.get("/v1/models", {"Authorization": f"Bearer {KEY}"}).status == 200
    assert live.get("/v1/models", {"Authorization": f"bearer  {KEY}"}).status == 200
    assert live.get("/v1/models", {"X-Api-Key": "first-key"}).status == 200


def test_health_needs_no_key_and_tells_nothing(serve: Callable[..., Live]) -> None:
    live = serve(door=Door((KEY,)))
    reply = live.get("/health")
    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert live.get("/health", {"Host": "evil.example"}).status == 403


def test_a_key_that_is_not_ascii_is_only_wrong(serve: Callable[..., Live]) -> None:
    live = serve(door=Door((KEY,)))
    reply = live.raw(chat_request({"Authorization": "Bearer \xe9\xff"}))
    assert status_of(reply) == 401


# What is too large


def test_a_body_that_is_too_large_is_refused_before_it_is_kept(serve: Callable[..., Live]) -> None:
    live = serve(door=Door(max_body_bytes=1000))
    assert live.post("/v1/chat/completions", chat_body("say hi")).status == 200
    reply = live.post("/v1/chat/completions", chat_body("x" * 1000))
    assert (reply.status, reply.headers["connection"]) == (413, "close")


def test_a_declared_length_alone_is_enough_to_be_refused(serve: Callable[..., Live]) -> None:
    live = serve(door=Door(max_body_bytes=1000))
    head = chat_request({"Content-Length": "99999999999"})
    assert status_of(live.raw(head)) == 413


def test_all_bodies_together_have_a_limit_which_ends_with_them(
    serve: Callable[..., Live],
) -> None:
    live = serve(door=Door(max_body_bytes=1000, max_bodies_bytes=1500))
    begun = chat_request({"Content-Length": "1000"}) + b"x" * 900
    with live.connect() as first:
        first.sendall(begun)
        refused: list[bytes] = []

        def second_is_refused() -> bool:
            """As soon as the first one's body has been read."""
            refused.append(live.raw(begun + b"x" * 100))
            return status_of(refused[-1]) == 503

        assert soon(second_is_refused)
        assert b"retry-after: 5" in refused[-1]
    assert soon(lambda: live.chat("say hi").status == 200)


def test_a_body_in_chunks_without_a_length_has_the_same_limit(serve: Callable[..., Live]) -> None:
    live = serve(door=Door(max_body_bytes=1000))
    head = request_bytes(
        "POST",
        "/v1/chat/completions",
        b"",
        {"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
    )
    with live.connect() as connection:
        connection.sendall(head)
        try:
            for _ in range(100):
                connection.sendall(b"40\r\n" + b"x" * 64 + b"\r\n")
        except OSError:
            pass
        assert status_of(read_all(connection)) == 413


def test_headers_without_end_are_refused(live: Live) -> None:
    with live.connect() as connection:
        connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n")
        with pytest.raises((ConnectionError, AssertionError)):  # noqa: PT012
            for number in range(10_000):
                connection.sendall(b"X-%d: %s\r\n" % (number, b"x" * 100))
            raise AssertionError
        connection.close()
    assert live.get("/health").status == 200


def test_a_request_line_without_end_is_refused(live: Live) -> None:
    assert status_of(live.raw(b"GET /" + b"x" * 100_000)) == 400


def test_nesting_without_bottom_is_an_error_of_the_client(live: Live) -> None:
    body = b'{"model": "tiny", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert live.post("/v1/chat/completions", body).status == 400


# Who is too slow


def until(connection: socket.socket, text: bytes) -> bool:
    found = b""
    while text not in found and (data := connection.recv(65536)):
        found += data
    return text in found


def closed_within(connection: socket.socket, seconds: float) -> bool:
    connection.settimeout(seconds)
    try:
        return read_all(connection) == b""
    except TimeoutError:
        return False


def test_a_connection_that_says_nothing_is_closed(serve: Callable[..., Live]) -> None:
    live = serve(patience=QUICK)
    with live.connect() as connection:
        assert closed_within(connection, PATIENCE_S)


@pytest.mark.parametrize("before", [b"", request_bytes("GET", "/health", b"", {"Connection": "x"})])
def test_headers_that_trickle_in_are_not_waited_for(
    serve: Callable[..., Live], before: bytes
) -> None:
    """Also after a first, honest request."""
    live = serve(patience=QUICK)
    begun = time.monotonic()
    with live.connect() as connection:
        connection.sendall(before)
        if before:
            assert b"200" in connection.recv(65536)
        with pytest.raises(ConnectionError):  # noqa: PT012
            for letter in b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 10_000:
                connection.sendall(bytes([letter]))
                time.sleep(0.02)
    assert time.monotonic() - begun < PATIENCE_S


def test_a_body_that_stops_coming_is_not_waited_for(serve: Callable[..., Live]) -> None:
    live = serve(patience=QUICK)
    with live.connect() as connection:
        connection.sendall(chat_request({"Content-Length": "1000"}))
        assert closed_within(connection, PATIENCE_S)
    assert live.get("/health").status == 200


def test_a_body_that_trickles_in_is_not_waited_for(serve: Callable[..., Live]) -> None:
    live = serve(patience=QUICK)
    with live.connect() as connection:
        connection.sendall(chat_request({"Content-Length": "1000000"}))
        with pytest.raises(ConnectionError):  # noqa: PT012
            for _ in range(10_000):
                connection.sendall(b" ")
                time.sleep(0.05)


def test_an_honest_connection_may_rest_and_wait(serve: Callable[..., Live]) -> None:
    """Between requests, and while its answer is made."""
    live = serve(patience=QUICK)
    waiting = request_bytes("POST", "/v1/chat/completions", BODY, {"Connection": "keep-alive"})
    with live.connect() as connection:
        for _ in range(2):
            connection.sendall(waiting)
            assert until(connection, b"hello")
            time.sleep(1.0)
    body = json.dumps(chat_body("wait")).encode()
    with live.connect() as connection:
        connection.sendall(request_bytes("POST", "/v1/chat/completions", body))
        connection.settimeout(1.0)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_who_does_not_read_is_dropped_and_holds_no_place(serve: Callable[..., Live]) -> None:
    live = serve(patience=QUICK)
    text = "x" * 3_000_000  # one piece
    body = json.dumps(chat_body(text, n=4)).encode()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", live.port))
        connection.sendall(request_bytes("POST", "/v1/chat/completions", body))
        assert soon(lambda: len(live.server.server_state.connections) == 1)
        assert soon(lambda: not live.server.server_state.connections)
    assert live.is_idle()


def test_garbage_is_answered_and_forgotten(live: Live) -> None:
    for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"\0" * 100, b"GET\r\n\r\n", b"\r\n" * 9):
        with live.connect() as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            read_all(connection)
    assert live.said("say hello") == "hello"
    assert soon(lambda: not live.server.server_state.connections)


# Paths and versions


def test_a_path_is_no_name_of_a_model(live: Live, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.gguf"
    secret.write_bytes((folder / "tiny.gguf").read_bytes())
    relative = os.path.relpath(secret)
    for name in (str(secret), relative, f"./{relative}", "~/x.gguf", "/etc/passwd", "..\\x", "\0"):
        reply = live.post("/v1/chat/completions", {**chat_body("say hi"), "model": name})
        assert reply.status == 404, name
        assert reply.error["code"] == "model_not_found"
    assert not live.models.opened()


def test_no_answer_names_a_place_on_this_machine(
    serve: Callable[..., Live], tmp_path: Path
) -> None:
    log = "llama_model_load: error loading /home/somebody/secret/tiny.gguf"
    live = serve("--log", log)
    dying = live.serving
    replies = [
        live.get("/v1/models"),
        live.get("/v1/models/tiny"),
        live.get("/v1/models/none"),
        live.get("/metrics"),
        live.chat("dead kill"),
        live.chat("half garbage"),
        live.chat("too long"),
        live.chat("say hi", model="none"),
        live.chat("say hi", stop=[""]),
    ]
    (tmp_path / "models" / "other.gguf").unlink()
    replies.append(live.chat("say hi", model="other"))
    assert dying.models.opened()
    for reply in replies:
        for secret in (str(tmp_path), "/home/", "secret", ".log", "Traceback"):
            assert secret.encode() not in reply.body, reply


def test_no_server_names_itself(live: Live) -> None:
    for reply in (live.get("/health"), live.get("/none"), live.chat("say hi")):
        assert "server" not in reply.headers
        assert b"uvicorn" not in str(reply.headers).encode() + reply.body
    assert b"uvicorn" not in live.raw(b"garbage\r\n\r\n").lower()


def test_there_is_an_end_to_the_connections(
    serve: Callable[..., Live], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yi_local.server.connection.MAX_CONNECTIONS", 3)
    live = serve()
    held = [live.connect() for _ in range(3)]
    try:
        assert soon(lambda: len(live.server.server_state.connections) == 3)
        with live.connect() as more:
            assert closed_within(more, PATIENCE_S)
        held.pop().close()
        assert soon(lambda: len(live.server.server_state.connections) == 2)
        assert live.get("/health").status == 200
    finally:
        for connection in held:
            connection.close()

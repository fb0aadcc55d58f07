"""The private routes under attack: only their token opens them, and only from this machine."""

import http.client
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.live import Live
from tests.server.warm.conftest import Held
from tests.tiny_gguf import write_smallest
from yi_local.assistant.warm.programs import proof
from yi_local.server.guard import Door

KEY = "a-key-of-32-characters-and-more.."
GETS = ("status",)
POSTS = ("find", "generate", "cancel", "count", "origin", "stop")
ALL = [("GET", name) for name in GETS] + [("POST", name) for name in POSTS]
BODY = {"model": {"name": "tiny"}, "op": "complete", "prompt": "say secret"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def asked(live: Live, method: str, name: str, headers: dict[str, str]) -> tuple[int, bytes]:
    reply = live.ask(method, f"/private/{name}", BODY if method == "POST" else None, headers)
    return reply.status, reply.body


def is_unharmed(live: Live) -> bool:
    return live.get("/health").status == 200 and not live.server.should_exit


@pytest.mark.parametrize(("method", "name"), ALL)
def test_nothing_is_told_or_done_without_the_token(held: Held, method: str, name: str) -> None:
    live, program = held
    for headers in (
        {},
        bearer(""),
        bearer(program.token[:-1]),
        bearer(program.token + "x"),
        bearer(program.token.lower()),
        {"Authorization": program.token},
        {"Authorization": f"Basic {program.token}"},
        {"X-Api-Key": program.token},
    ):
        status, body = asked(live, method, name, headers)
        assert (status, b"secret" in body) == (401, False), headers
    assert is_unharmed(live)


@pytest.mark.parametrize(("method", "name"), ALL)
def test_an_api_key_is_no_token(hold: Callable[..., Held], method: str, name: str) -> None:
    live, _ = hold(door=Door(keys=(KEY,)), loaded=False)
    assert asked(live, method, name, bearer(KEY))[0] == 401
    assert asked(live, method, name, {"X-Api-Key": KEY})[0] == 401
    assert is_unharmed(live)


def test_the_token_is_no_api_key(hold: Callable[..., Held]) -> None:
    live, program = hold(door=Door(keys=(KEY,)), loaded=False)
    assert live.get("/v1/models", bearer(program.token)).status == 401
    assert live.get("/private/status", bearer(program.token)).status == 200


@pytest.mark.parametrize(("method", "name"), [*ALL, ("GET", "hello?nonce=1")])
@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://allowed.example"},
        {"Origin": "SELF"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_no_page_in_a_browser_gets_through_not_even_with_the_token(
    hold: Callable[..., Held], method: str, name: str, header: dict[str, str]
) -> None:
    live, program = hold(door=Door(origins=frozenset({"https://allowed.example"})), loaded=False)
    given = {key: live.url if value == "SELF" else value for key, value in header.items()}
    assert asked(live, method, name, given | bearer(program.token))[0] == 403
    assert is_unharmed(live)


def test_an_allowed_origin_gets_no_leave_for_them_by_a_preflight(
    hold: Callable[..., Held],
) -> None:
    live, _ = hold(door=Door(origins=frozenset({"https://allowed.example"})), loaded=False)
    headers = {"Origin": "https://allowed.example", "Access-Control-Request-Method": "POST"}
    reply = live.ask("OPTIONS", "/private/generate", None, headers)
    assert reply.status == 403
    assert not {name for name in reply.headers if name.startswith("access-control")}


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "169.254.1.1"])
def test_a_name_that_leads_here_by_rebinding_is_refused(held: Held, host: str) -> None:
    live, program = held
    for name in ("status", "hello?nonce=1"):
        assert asked(live, "GET", name, bearer(program.token) | {"Host": host})[0] == 403


@pytest.mark.parametrize(
    "path",
    ["/private", "/private/", "//private/status", "/private/../private/status", "/PRIVATE/status",
     "/page/../private/status", "/private/%2e%2e/private/status", "/private/nothing"],
)  # fmt: skip
def test_no_spelling_of_a_path_goes_round_the_gate(held: Held, path: str) -> None:
    live, program = held
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    try:
        connection.putrequest("GET", path, skip_accept_encoding=True)
        connection.endheaders()
        reply = connection.getresponse()
        assert reply.status in (401, 404), path
        assert program.token.encode() not in reply.read()
    finally:
        connection.close()


def test_a_server_without_a_token_has_no_private_routes(tmp_path: Path) -> None:
    write_smallest(tmp_path / "tiny.gguf")
    plain = Live(tmp_path)
    try:
        for method, name in [*ALL, ("GET", "hello?nonce=1")]:
            assert asked(plain, method, name, bearer(""))[0] == 404
    finally:
        plain.close()


def test_whoever_says_hello_gets_a_proof_and_not_the_token(held: Held) -> None:
    live, program = held
    told = live.get("/private/hello?nonce=abc")
    assert told.json == {"proof": proof(program.token, "abc")}
    assert program.token.encode() not in told.body


def test_the_private_answers_are_not_kept_by_anybody(held: Held) -> None:
    live, program = held
    assert live.get("/private/status", bearer(program.token)).headers["cache-control"] == "no-store"


def test_bodies_of_another_kind_are_refused(held: Held) -> None:
    live, program = held
    headers = bearer(program.token)
    data = json.dumps(BODY).encode()
    plain = live.ask("POST", "/private/stop", data, headers | {"Content-Type": "text/plain"})
    assert plain.status == 415
    for body in (b"", b"[]", b"nonsense", b'{"model": NaN}'):
        assert live.post("/private/find", body, headers).status == 400
    assert is_unharmed(live)


@pytest.mark.parametrize(
    "fields",
    [
        {"model": None},
        {"model": "tiny"},
        {"model": {}},
        {"model": {"path": 5}},
        {"op": "other"},
        {"op": "complete", "prompt": None},
        {"op": "chat", "messages": []},
        {"op": "chat", "messages": ["hello"]},
        {"op": "chat", "messages": [{"content": "no role"}]},
        {"sampling": []},
        {"sampling": {"temperature": "hot"}},
        {"sampling": {"temperature": 1e9}},
        {"sampling": {"logit_bias": [[1]]}},
        {"sampling": {"stop": 5}},
    ],
)
def test_a_question_that_is_none_is_refused_in_words(held: Held, fields: object) -> None:
    live, program = held
    reply = live.post("/private/generate", BODY | dict(fields), bearer(program.token))  # type: ignore[call-overload]
    assert reply.status == 400
    assert reply.error["message"]


def test_stopping_is_only_for_what_may_be_stopped_from_elsewhere(hold: Callable[..., Held]) -> None:
    live, program = hold(loaded=False)
    assert live.serving.private is not None
    live.serving.private.end = None
    assert live.post("/private/stop", {}, bearer(program.token)).status == 400
    assert is_unharmed(live)


def test_metrics_tell_of_private_requests_by_one_name(held: Held) -> None:
    live, program = held
    live.get("/private/status", bearer(program.token))
    live.get("/private/made-up")
    assert 'route="/private/"' in live.get("/metrics").body.decode()
    assert "made-up" not in live.get("/metrics").body.decode()

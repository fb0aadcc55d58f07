"""Whether the Hub answers: a stand-in on loopback, with all that can go wrong on the way."""

import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib import request
from urllib.error import URLError

import pytest

from tests.hub.stand_in import Answer, StandIn, answered, breaking_off, never
from yi_local.hub.cache_folder import hugging_face_cache
from yi_local.hub.remote.reachability import Reachability, ask_hub, is_offline


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], StandIn]]:
    """Without the proxies of whoever runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    made: list[StandIn] = []

    def make(answer: Answer) -> StandIn:
        made.append(StandIn(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


def asked(hub: StandIn, timeout_s: float = 5.0) -> Reachability:
    return ask_hub({"HF_ENDPOINT": f"http://{hub.address}/"}, timeout_s=timeout_s)


def test_a_hub_that_answers_is_reachable(stand_in: Callable[[Answer], StandIn]) -> None:
    hub = stand_in(answered(200))
    found = asked(hub)
    assert (found.reachable, found.why) == (True, "It answers with HTTP 200.")
    assert found.took_s is not None
    assert 0 < found.took_s < 5
    assert (found.public, found.by_proxy) == (False, False)
    assert [path for path, _ in hub.seen] == ["/api/models?limit=1"]


def test_no_token_and_no_password_leaves(
    stand_in: Callable[[Answer], StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = stand_in(answered(200))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    environ = {"HF_ENDPOINT": f"http://somebody:secret@{hub.address}", "HF_TOKEN": "hf_secret"}
    found = ask_hub(environ)
    assert found.reachable
    [(_, headers)] = hub.seen
    assert "authorization" not in headers
    assert "secret" not in repr((hub.seen, found))


@pytest.mark.parametrize(
    ("answer", "reachable", "words"),
    [
        (answered(401), True, "HTTP 401"),
        (answered(429), True, "HTTP 429"),
        (answered(500), False, "trouble of its own: HTTP 500"),
        (answered(503), False, "trouble of its own: HTTP 503"),
        (answered(404), False, "no Hub: HTTP 404"),
        (answered(407), False, "a user name and a password"),
        (answered(200, b"<html>", "text/html"), False, "wants a login first"),
        (answered(302, Location="/again"), False, "redirects without end"),
        (answered(302, Location="file:///etc/passwd"), False, "out of HTTP"),
        (answered(302, Location="ftp://127.0.0.1/"), False, "cannot be reached"),
        (breaking_off, False, "breaks the connection off"),
    ],
)
def test_what_answers_is_told_in_words(
    stand_in: Callable[[Answer], StandIn], answer: Answer, reachable: bool, words: str
) -> None:
    found = asked(stand_in(answer))
    assert found.reachable is reachable
    assert words in found.why


def test_a_redirect_is_followed(stand_in: Callable[[Answer], StandIn]) -> None:
    new = stand_in(answered(200))
    old = stand_in(answered(301, Location=f"http://{new.address}/api/models?limit=1"))
    assert asked(old).reachable
    assert len(new.seen) == 1


def test_a_silent_hub_is_given_up(stand_in: Callable[[Answer], StandIn]) -> None:
    found = asked(stand_in(never), timeout_s=0.2)
    assert (found.reachable, found.why) == (False, "The Hub does not answer within 0.2 s.")
    assert found.took_s is not None
    assert found.took_s < 3


def test_a_closed_port_refuses(stand_in: Callable[[Answer], StandIn]) -> None:
    hub = stand_in(answered(200))
    hub.close()
    assert asked(hub).why == "The Hub refuses the connection."


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "hub.example"), "name cannot be resolved"),
        (ssl.SSLCertVerificationError(1, "hub.example"), "set SSL_CERT_FILE"),
        (ssl.SSLError(1, "hub.example"), "do not agree on TLS"),
        (OSError(errno.ENETUNREACH, "hub.example"), "no network that leads there"),
        (OSError(errno.EACCES, "hub.example"), "cannot be reached: Permission denied"),
        (OSError("Tunnel connection failed: 407 hub.example"), "a user name and a password"),
        (OSError("Tunnel connection failed: 403 hub.example"), "The proxy refuses."),
        ("no host given: hub.example", "cannot be reached"),
    ],
)
def test_a_way_that_fails_is_told_without_addresses(
    reason: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise URLError(reason)

    monkeypatch.setattr(request.OpenerDirector, "open", fail)
    found = ask_hub({"HF_ENDPOINT": "https://hub.example"})
    assert not found.reachable
    assert words in found.why
    assert "hub.example" not in repr(found)


@pytest.mark.parametrize("endpoint", ["hub.example", "file:///etc", "ftp://hub.example", "://"])
def test_an_endpoint_that_is_none_is_not_asked(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_the_network(monkeypatch)
    found = ask_hub({"HF_ENDPOINT": endpoint})
    assert (found.reachable, found.took_s) == (False, None)
    assert "begins with http:// or https://" in found.why


@pytest.mark.parametrize("endpoint", ["http://[::1", "http://127.0.0.1:port", "http://a b"])
def test_a_mangled_endpoint_is_told(
    endpoint: str, stand_in: Callable[[Answer], StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_the_network(monkeypatch)
    found = ask_hub({"HF_ENDPOINT": endpoint})
    assert found.reachable is False
    assert found.why.endswith("HF_ENDPOINT is no address.")


def test_the_way_through_a_proxy_is_noticed_and_its_password_is_kept(
    stand_in: Callable[[Answer], StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = stand_in(answered(200))
    monkeypatch.setenv("http_proxy", f"http://somebody:secret@{proxy.address}")
    found = ask_hub({"HF_ENDPOINT": "http://hub.example"})
    assert (found.reachable, found.by_proxy) == (True, True)
    [(path, headers)] = proxy.seen
    assert path == "http://hub.example/api/models?limit=1"
    assert "proxy-authorization" in headers
    assert "secret" not in repr(found)
    assert proxy.address not in repr(found)


def test_a_proxy_is_left_out_where_no_proxy_says_so(
    stand_in: Callable[[Answer], StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = stand_in(answered(200))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found = asked(hub)
    assert (found.reachable, found.by_proxy) == (True, False)


def test_a_socks_proxy_makes_it_unknown(
    stand_in: Callable[[Answer], StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_the_network(monkeypatch)
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1080")
    found = ask_hub({})
    assert (found.reachable, found.by_proxy, found.public) == (None, True, True)
    assert "SOCKS" in found.why


# Offline


def forbid_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a request leaves, to {arguments[1:]}")

    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.setattr(socket.socket, "connect_ex", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)


def test_the_guard_of_the_network_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_the_network(monkeypatch)
    with pytest.raises(AssertionError, match="a request leaves"):
        ask_hub({"HF_ENDPOINT": "http://127.0.0.1:9"})


@pytest.mark.parametrize(
    ("environ", "offline"),
    [
        ({"HF_HUB_OFFLINE": "1"}, False),
        ({"HF_HUB_OFFLINE": "true"}, False),
        ({"HF_HUB_OFFLINE": "On"}, False),
        ({"HF_HUB_OFFLINE": "YES"}, False),
        ({"TRANSFORMERS_OFFLINE": "1"}, False),
        ({"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}, False),
        ({}, True),
        ({"HF_HUB_OFFLINE": "0"}, True),
    ],
)
def test_offline_not_one_request_leaves(
    environ: dict[str, str], offline: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_the_network(monkeypatch)
    found = ask_hub(environ, offline=offline)
    assert (found.reachable, found.why, found.took_s) == (None, "Offline.", None)


@pytest.mark.parametrize("value", ["", "0", "false", "off", "no"])
def test_other_values_are_online(value: str) -> None:
    assert not is_offline({"HF_HUB_OFFLINE": value})


# The cache's folder


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HUGGINGFACE_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
        ({}, "/home/anybody/.cache/huggingface/hub"),
        ({"HF_HUB_CACHE": "~/models"}, "/home/anybody/models"),
        ({"HF_HUB_CACHE": ""}, "/home/anybody/.cache/huggingface/hub"),
    ],
)
def test_the_cache_is_where_huggingface_hub_has_it(
    environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/anybody")
    assert hugging_face_cache(environ) == Path(folder)

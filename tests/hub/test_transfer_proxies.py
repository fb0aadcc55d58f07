"""The transfer loop through proxies, as the environment names them."""

import hashlib
from pathlib import Path

import pytest

from tests.stand_in_hub.fetching import BIG, QUICK, Fetching
from tests.stand_in_hub.hub import StandInHub
from tests.stand_in_hub.proxies import Proxy
from yi_local.errors import YiLocalError
from yi_local.hub.remote.web import Web
from yi_local.hub.transfer.loop import fetch


def is_whole(fetching: Fetching) -> bool:
    return hashlib.sha256(fetching.fetched).hexdigest() == BIG.sha256


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_proxy_carries_every_request(
    hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    fetching = Fetching(hub, tmp_path, BIG)
    hub.fault("drop", after_bytes=1_000_000, times=1)
    with Proxy(kind) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        fetching.run()
        assert is_whole(fetching)
        assert len(proxy.carried) >= 2
    ports = {f"127.0.0.1:{hub.endpoint_of(name).rpartition(':')[2]}" for name in ("hub", "cdn")}
    assert set(proxy.carried) == ports


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_over_tls_through_a_proxy(
    clean_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with StandInHub(tls=True) as hub, Proxy(kind) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        fetching = Fetching(hub, tmp_path, BIG)
        with Web(environ={"SSL_CERT_FILE": str(hub.ca_file)}) as web:
            list(fetch(fetching.download, web, patience=QUICK))
        assert is_whole(fetching)
        assert proxy.carried


def test_a_proxy_that_wants_a_password_gets_it_or_it_is_told(
    hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching = Fetching(hub, tmp_path, BIG)
    with Proxy("http", wants_password=True) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with pytest.raises(YiLocalError, match="wants a user name and a password"):
            fetching.run()
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//somebody:secret@"))
        fetching.run()
        assert is_whole(fetching)
    assert not any("secret" in repr(seen.headers) for seen in hub.requests)


def test_a_dead_proxy_is_told_with_a_hint(
    hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(YiLocalError) as raised:
        Fetching(hub, tmp_path, BIG).run()
    assert "proxy is set" in str(raised.value.hint)


def test_a_host_without_a_proxy_is_asked_itself(
    hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fetching = Fetching(hub, tmp_path, BIG)
    fetching.run()
    assert is_whole(fetching)

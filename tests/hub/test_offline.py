"""Offline: not one request leaves, and what is already here works."""

import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from tests.stand_in_hub.hub import StandInHub
from tests.tiny_gguf import write_tiny
from yi_local.errors import YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.remote.kept_files import KeptFiles
from yi_local.hub.remote.kept_headers import KeptHeaders
from yi_local.hub.remote.kept_listings import KeptListings
from yi_local.hub.remote.modelscope import ModelScope
from yi_local.hub.remote.remote_header import read_headers
from yi_local.hub.remote.web import Web

Make = Callable[[Web, KeptListings, StandInHub], HuggingFace | ModelScope]


def hugging_face(web: Web, kept: KeptListings, hub: StandInHub) -> HuggingFace:
    return HuggingFace(web, kept, endpoint=hub.endpoint)


def modelscope(web: Web, kept: KeptListings, hub: StandInHub) -> ModelScope:
    return ModelScope(web, kept, endpoint=hub.modelscope_endpoint)


@pytest.fixture(params=["the flag", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def offline_web(request: pytest.FixtureRequest) -> Web:
    if request.param == "the flag":
        return Web(offline=True, environ={})
    return Web(environ={request.param: "1"})


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, whatever looks for the network fails the test."""

    def leave(*_: object, **__: object) -> NoReturn:
        pytest.fail("something looked for the network")

    def seal() -> None:
        monkeypatch.setattr(socket, "getaddrinfo", leave)
        monkeypatch.setattr(socket, "create_connection", leave)
        for method in ("connect", "connect_ex", "sendto", "bind"):
            monkeypatch.setattr(socket.socket, method, leave)

    return seal


@pytest.mark.parametrize("make", [hugging_face, modelscope])
def test_what_was_listed_and_read_before_is_still_known(
    hub: StandInHub, tmp_path: Path, make: Make, offline_web: Web, sealed: Callable[[], None]
) -> None:
    model = write_tiny(tmp_path / "tiny.gguf").read_bytes()
    hub.add_repo("o/yi", {"yi-Q4_0.gguf": model, "mmproj-f16.gguf": b"GGUF", "../x.gguf": b"x"})
    kept, headers = KeptListings(tmp_path), KeptHeaders(tmp_path)
    with Web(environ={}) as web:
        asked = make(web, kept, hub)
        before = asked.list_repo("o/yi")
        ((_, told),) = read_headers(asked, before, before.groups, headers)
    assert not isinstance(told, YiLocalError)
    n_requests = len(hub.requests)
    sealed()
    with offline_web as web:
        asked = make(web, kept, hub)
        after = asked.list_repo("o/yi")
        ((_, known),) = read_headers(asked, after, after.groups, headers)
    assert after.groups == before.groups
    assert (after.commit, after.gated, after.left_out) == (
        before.commit, before.gated, before.left_out,
    )  # fmt: skip
    assert before.age_s is None
    assert after.age_s is not None
    assert 0 <= after.age_s < 60
    assert not isinstance(known, YiLocalError)
    assert [header for _, header in known] == [header for _, header in told]
    assert len(hub.requests) == n_requests


def test_a_listing_is_also_known_by_its_commit(hub: StandInHub, tmp_path: Path) -> None:
    hub.add_repo("o/yi", {"yi-Q4_0.gguf": b"GGUF"})
    kept = KeptListings(tmp_path)
    with Web(environ={}) as web:
        listing = hugging_face(web, kept, hub).list_repo("o/yi")
    with Web(offline=True, environ={}) as web:
        by_commit = hugging_face(web, kept, hub).list_repo("o/yi", listing.pin)
    assert by_commit.groups == listing.groups
    assert by_commit.revision == listing.commit


@pytest.mark.parametrize("make", [hugging_face, modelscope])
def test_what_was_never_asked_is_not_asked_now(
    hub: StandInHub, tmp_path: Path, make: Make, offline_web: Web, sealed: Callable[[], None]
) -> None:
    hub.add_repo("o/yi", {"yi-Q4_0.gguf": b"GGUF"})
    kept = KeptListings(tmp_path)
    with Web(environ={}) as web:
        listing = make(web, kept, hub).list_repo("o/yi")
    n_requests = len(hub.requests)
    sealed()
    with offline_web as web:
        asked = make(web, kept, hub)
        with pytest.raises(trouble.Offline, match="never listed"):
            asked.list_repo("o/other")
        with pytest.raises(trouble.Offline, match="never listed"):
            asked.list_repo("o/yi", "v2")
        if isinstance(asked, HuggingFace):
            with pytest.raises(trouble.Offline):
                asked.search("yi")
        ((_, error),) = read_headers(asked, listing, listing.groups, KeptHeaders(tmp_path))
        assert isinstance(error, trouble.Offline)
        assert "--offline" in (error.hint or "")
    assert len(hub.requests) == n_requests


def test_every_client_keeps_silent(
    hub: StandInHub, offline_web: Web, sealed: Callable[[], None]
) -> None:
    """Whoever forgets to look at `offline` is stopped by the client, the library too."""
    sealed()
    with offline_web as web:
        for client in (web.new_client(), web.asking()):
            with pytest.raises(trouble.Offline):
                client.get(hub.endpoint)
        api = web.hugging_face(hub.endpoint, None)
        with pytest.raises(trouble.Offline):
            api.model_info("o/yi")
        with pytest.raises(trouble.Offline):
            list(api.list_repo_tree("o/yi"))
    assert hub.requests == []


# What is kept


def test_kept_listings_that_are_damaged_are_as_none(hub: StandInHub, tmp_path: Path) -> None:
    hub.add_repo("o/yi", {"yi-Q4_0.gguf": b"GGUF"})
    kept = KeptListings(tmp_path)
    with Web(environ={}) as web:
        hugging_face(web, kept, hub).list_repo("o/yi")
    with Web(offline=True, environ={}) as web:
        asked = hugging_face(web, kept, hub)
        for damage in (b"", b"[]", b"{}", json.dumps({"format": 1}).encode(), b"\xff"):
            for path in (tmp_path / "listings").iterdir():
                path.write_bytes(damage)
            with pytest.raises(trouble.Offline):
                asked.list_repo("o/yi")


def test_kept_files_stay_within_their_limit_and_the_oldest_go_first(tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path / "kept", max_bytes=1000)
    for number in range(9):
        kept.save(str(number), bytes(300))
        os.utime(tmp_path / "kept" / str(number), (number, number))
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["6", "7", "8"]
    kept.save("too large", bytes(1001))
    assert kept.load("too large") is None
    assert kept.load("8") == bytes(300)
    assert kept.age_s("8", now_s=time.time()) is not None
    assert kept.age_s("0", now_s=time.time()) is None


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    kept = KeptFiles(tmp_path / "file" / "kept", max_bytes=1000)
    kept.save("x", b"1")
    assert kept.load("x") is None

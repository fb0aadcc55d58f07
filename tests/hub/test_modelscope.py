"""ModelScope, asked by plain HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hub.stand_in import StandIn, answered
from tests.stand_in_hub.hub import StandInHub
from yi_local.errors import ModelNotFound, YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.kept_listings import KeptListings
from yi_local.hub.remote.modelscope import ModelScope
from yi_local.hub.remote.web import Web

Ask = Callable[..., ModelScope]


@pytest.fixture
def ask(tmp_path: Path, clean_environment: None) -> Iterator[Ask]:
    with Web(environ={}, timeout_s=0.5) as web:
        yield lambda endpoint, token=None: ModelScope(
            web, KeptListings(tmp_path), endpoint=endpoint, token=token
        )


def test_a_listing_has_the_models_with_sizes_and_hashes(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/yi", {"yi-Q4_0.gguf": b"GGUF", "Q8_0/yi.gguf": b"GGUF 8", "README.md": b"x"})
    listing = ask(hub.modelscope_endpoint).list_repo("o/yi")
    assert [(group.quant, group.size_bytes) for group in listing.groups] == [
        ("Q4_0", 4),
        ("Q8_0", 6),
    ]
    assert all(group.files[0].sha256 for group in listing.groups)
    assert (listing.source, listing.revision, listing.pin) == ("modelscope", "master", "master")
    assert (listing.commit, listing.gated, listing.remarks) == (None, None, ())
    (seen,) = hub.requests
    assert seen.path == "/api/v1/models/o/yi/repo/files?Revision=master&Recursive=true"
    assert "authorization" not in seen.headers
    assert "cookie" not in seen.headers


def test_a_listing_that_is_cut_says_so(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/yi", {f"{n:04d}-Q4_0.gguf": b"%d" % n for n in range(3200)})
    listing = ask(hub.modelscope_endpoint).list_repo("o/yi")
    assert len(listing.groups) == 3000
    assert "lists only 3,000 files" in listing.remarks[0]


def test_what_is_missing_is_told(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/yi", {"yi.gguf": b"GGUF"})
    modelscope = ask(hub.modelscope_endpoint)
    for repo_id, revision in (("o/none", "master"), ("o/yi", "v9")):
        with pytest.raises(ModelNotFound) as caught:
            modelscope.list_repo(repo_id, revision)
        assert repo_id in caught.value.message


def test_a_token_goes_into_a_header_and_a_cookie(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/private", {"yi.gguf": b"GGUF"}, private=True, granted=("ms_good",))
    assert ask(hub.modelscope_endpoint, "ms_good").list_repo("o/private").groups
    assert hub.requests[0].headers["cookie"] == "m_session_id=ms_good"


def test_its_own_variables_are_read_and_a_stranger_gets_no_token(tmp_path: Path) -> None:
    environ = {"MODELSCOPE_API_TOKEN": "ms_x"}
    with Web(environ={}) as web:
        kept = KeptListings(tmp_path)
        home = ModelScope.from_environment(web, kept, environ)
        abroad = environ | {"MODELSCOPE_DOMAIN": "www.modelscope.ai"}
        stranger = environ | {"MODELSCOPE_DOMAIN": "scope.example"}
        addresses = [
            ModelScope.from_environment(web, kept, given).address("o/n", "master", "a b.gguf")
            for given in (environ, abroad, stranger)
        ]
    assert home.endpoint == "https://www.modelscope.cn"
    assert [address.url.partition("/api")[0] for address in addresses] == [
        "https://www.modelscope.cn",
        "https://www.modelscope.ai",
        "https://scope.example",
    ]
    assert addresses[0].url.endswith("/o/n/repo?Revision=master&FilePath=a%20b.gguf")
    assert ["Authorization" in address.headers for address in addresses] == [True, True, False]


NOT_FOUND = b'{"Code":10010205001,"Message":"record not found","Success":false}'
REFUSED = b'{"Code":10020,"Message":"\\u001b[31mnot allowed","Success":false}'


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (200, NOT_FOUND, ModelNotFound, "has no o/yi"),
        (404, NOT_FOUND, ModelNotFound, "has no o/yi"),
        (200, REFUSED, trouble.HubTrouble, "refuses"),
        (403, REFUSED, trouble.Refused, "does not let us"),
        (200, b"<html>", trouble.Unreachable, "is not a Hub"),
        (200, b'{"Success":true}', trouble.Unreachable, "is not a Hub"),
        (200, b"[]", trouble.Unreachable, "is not a Hub"),
        (200, b'{"Success":true,"Data":{"Files":[{}]}}', trouble.Unreachable, "is not a Hub"),
        (200, b'{"Success":true,"Data":{"Files":["x"]}}', trouble.Unreachable, "is not a Hub"),
        (418, b"", trouble.HubTrouble, "HTTP 418"),
    ],
)
def test_errors_come_with_a_status_or_without(
    ask: Ask, status: int, body: bytes, kind: type[YiLocalError], words: str
) -> None:
    stand_in = StandIn(answered(status, body))
    try:
        with pytest.raises(kind, match=words):
            ask(f"http://{stand_in.address}").list_repo("o/yi")
    finally:
        stand_in.close()


def test_a_stalled_listing_ends_in_time(hub: StandInHub, ask: Ask) -> None:
    hub.fault("hang", on="modelscope")
    with pytest.raises(trouble.Unreachable, match="does not answer in time"):
        ask(hub.modelscope_endpoint).list_repo("o/yi")

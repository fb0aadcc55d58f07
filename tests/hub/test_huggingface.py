"""The Hugging Face Hub, asked by the real huggingface_hub on our client."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stand_in_hub.hub import StandInHub
from yi_local.errors import ModelNotFound, UsageError, YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.remote.kept_listings import KeptListings
from yi_local.hub.remote.token import Token, find_token
from yi_local.hub.remote.web import Web

GOOD = Token("hf_good", "HF_TOKEN")
BAD = Token("hf_mistyped", "HF_TOKEN")
FILES = {
    "yi-Q4_K_M.gguf": b"GGUF four",
    "Q8_0/yi-00001-of-00002.gguf": b"GGUF eight",
    "Q8_0/yi-00002-of-00002.gguf": b"GGUF eight, too",
    "README.md": b"# Yi",
    "imatrix.dat": b"0",
}

Ask = Callable[..., HuggingFace]


@pytest.fixture
def ask(tmp_path: Path, clean_environment: None) -> Iterator[Ask]:
    webs: list[Web] = []

    def make(endpoint: str, token: Token | None = None, **how: object) -> HuggingFace:
        web = Web(**({"timeout_s": 5.0, "environ": {}} | how))  # type: ignore[arg-type]
        webs.append(web)
        return HuggingFace(web, KeptListings(tmp_path), endpoint=endpoint, token=token)

    yield make
    for web in webs:
        web.close()


@pytest.fixture(scope="module")
def tls_hub() -> Iterator[StandInHub]:
    """Over TLS, as huggingface_hub wants it before it tells a missing repository."""
    with StandInHub(tls=True) as stand_in:
        stand_in.add_repo("o/yi-GGUF", FILES)
        stand_in.add_repo("o/private", FILES, private=True, granted=("hf_good",))
        yield stand_in


@pytest.fixture
def ask_tls(ask: Ask, tls_hub: StandInHub) -> Ask:
    trusted = {"SSL_CERT_FILE": str(tls_hub.ca_file)}
    return lambda token=None: ask(tls_hub.endpoint, token, environ=trusted)


# Listings


def test_a_listing_has_the_models_with_sizes_hashes_and_the_commit(
    hub: StandInHub, ask: Ask
) -> None:
    repo = hub.add_repo("o/yi-GGUF", FILES)
    listing = ask(hub.endpoint).list_repo("o/yi-GGUF")
    assert (listing.commit, listing.pin, listing.revision) == (repo.commit, repo.commit, "main")
    assert [(group.quant, group.size_bytes) for group in listing.groups] == [
        ("Q4_K_M", 9),
        ("Q8_0", 25),
    ]
    held = repo.content(repo.commit, "yi-Q4_K_M.gguf")
    assert held is not None
    assert listing.groups[0].files[0].sha256 == held.sha256
    assert (listing.gated, listing.age_s, listing.left_out) == (False, None, ())


def test_a_listing_takes_two_requests_and_tells_only_who_we_are(hub: StandInHub, ask: Ask) -> None:
    repo = hub.add_repo("o/yi-GGUF", FILES)
    ask(hub.endpoint).list_repo("o/yi-GGUF")
    info, tree = hub.requests
    assert info.path.endswith("/revision/main")
    assert f"/tree/{repo.commit}?" in tree.path  # the branch may move in between
    for seen in hub.requests:
        assert seen.headers["user-agent"].startswith("yi_local/")
        assert "authorization" not in seen.headers


def test_a_listing_has_all_pages(ask: Ask, clean_environment: None) -> None:
    with StandInHub(page_size=2) as hub:
        hub.add_repo("o/yi-GGUF", {f"yi-{n}-Q4_0.gguf": b"GGUF%d" % n for n in range(9)})
        assert len(ask(hub.endpoint).list_repo("o/yi-GGUF").groups) == 9


def test_a_revision_is_listed_as_it_was(hub: StandInHub, ask: Ask) -> None:
    first = hub.add_repo("o/yi-GGUF", {"old-Q4_0.gguf": b"GGUF"}).commit
    hub.add_repo("o/yi-GGUF", {"new-Q4_0.gguf": b"GGUF"})
    listing = ask(hub.endpoint).list_repo("o/yi-GGUF", first)
    assert [group.name for group in listing.groups] == ["old-Q4_0.gguf"]
    assert listing.commit == first


def test_a_hostile_repository_offers_nothing_that_leads_elsewhere(
    hub: StandInHub, ask: Ask
) -> None:
    names = ["../../x.gguf", "/etc/x.gguf", "a\\..\\x.gguf", "x\x1b[31m.gguf", "y.gguf", "y.gguf"]
    names += [f"{n:05d}-{'ok' if n % 2 else '/../../x'}.gguf" for n in range(3000)]
    hub.add_repo("o/hostile", [(name, b"GGUF" + name.encode()) for name in names])
    listing = ask(hub.endpoint).list_repo("o/hostile")
    assert len(listing.groups) == 1501
    assert len(listing.left_out) == 1505


def test_a_mirror_that_redirects_is_followed(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/yi-GGUF", FILES)
    assert len(ask(hub.mirror_endpoint).list_repo("o/yi-GGUF").groups) == 2
    assert {seen.status for seen in hub.asked("mirror")} == {308}


def test_a_caching_mirror_lists_sizes_and_hashes_too(hub: StandInHub, ask: Ask) -> None:
    hub.mirror.caching = True
    hub.add_repo("o/yi-GGUF", FILES)
    listing = ask(hub.mirror_endpoint).list_repo("o/yi-GGUF")
    assert [group.size_bytes for group in listing.groups] == [9, 25]
    assert all(file.sha256 for group in listing.groups for file in group.files)
    assert hub.asked("hub") == []


@pytest.mark.parametrize(
    "repo_id",
    ["yi", "o/../n", "o/n/x", "http://x/y", "o/", "-o/n", "o n/m", "o/n--m", "o/n.git", "o/n."],
)
def test_what_is_no_name_of_a_repository_is_not_asked_for(
    hub: StandInHub, ask: Ask, repo_id: str
) -> None:
    with pytest.raises(UsageError):
        ask(hub.endpoint).list_repo(repo_id)
    assert hub.requests == []


def test_an_address_is_quoted_and_asks_nobody(hub: StandInHub, ask: Ask) -> None:
    address = ask(hub.endpoint, GOOD).address("o/n", "refs/pr/1", "Q4 0/a?#你.gguf")
    assert address.url.removeprefix(hub.endpoint) == (
        "/o/n/resolve/refs%2Fpr%2F1/Q4%200/a%3F%23%E4%BD%A0.gguf"
    )
    assert address.headers == {"Authorization": "Bearer hf_good"}
    assert "hf_good" not in repr(address)
    assert hub.requests == []


# Searches


def test_a_search_finds_the_most_downloaded_first(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("a/yi-6b-GGUF", FILES, downloads=5)
    hub.add_repo("b/Yi-34b-GGUF", FILES, downloads=50, gated="manual",
                 gguf={"total": 34_388_917_248, "architecture": "llama"})  # fmt: skip
    hub.add_repo("c/yi-safetensors", FILES, tags=("safetensors",))
    hub.add_repo("d/other", FILES)
    found = ask(hub.endpoint).search("yi")
    assert [one.repo_id for one in found] == ["b/Yi-34b-GGUF", "a/yi-6b-GGUF"]
    assert (found[0].n_params, found[0].architecture) == (34_388_917_248, "llama")
    assert (found[0].gated, found[1].gated, found[0].downloads) == (True, False, 50)
    assert (found[1].n_params, found[0].updated) == (None, "2026-05-01")
    assert len(ask(hub.endpoint).search("yi", limit=1)) == 1


def test_a_mirror_without_a_search_says_so(hub: StandInHub, ask: Ask) -> None:
    hub.mirror.caching = True
    with pytest.raises(trouble.HubTrouble, match="HTTP 401"):
        ask(hub.mirror_endpoint).search("yi")


# Refusals


def refused(hub: HuggingFace, repo_id: str, revision: str = "main") -> YiLocalError:
    with pytest.raises(YiLocalError) as caught:
        hub.list_repo(repo_id, revision)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("token", [None, GOOD])
def test_a_missing_repository_is_told(ask_tls: Ask, token: Token | None) -> None:
    error = refused(ask_tls(token), "o/none")
    assert isinstance(error, ModelNotFound)
    assert "no repository o/none" in error.message


def test_a_private_repository_is_seen_with_a_token_only(ask_tls: Ask) -> None:
    error = refused(ask_tls(None), "o/private")
    assert isinstance(error, ModelNotFound)
    assert "HF_TOKEN" in (error.hint or "")
    assert ask_tls(GOOD).list_repo("o/private").groups


@pytest.mark.parametrize("repo_id", ["o/none", "o/yi-GGUF"])
def test_a_bad_token_is_not_taken_for_a_missing_repository(ask_tls: Ask, repo_id: str) -> None:
    error = refused(ask_tls(BAD), repo_id)
    assert isinstance(error, trouble.Refused)
    assert "token from HF_TOKEN" in error.message
    assert "hf_mistyped" not in error.message + (error.hint or "")


def test_without_tls_it_is_told_all_the_same(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/yi-GGUF", FILES)
    assert isinstance(refused(ask(hub.endpoint), "o/none"), ModelNotFound)
    assert isinstance(refused(ask(hub.endpoint, BAD), "o/yi-GGUF"), trouble.Refused)


def test_a_missing_revision_is_told(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/yi-GGUF", FILES)
    error = refused(ask(hub.endpoint), "o/yi-GGUF", "v9")
    assert isinstance(error, ModelNotFound)
    assert "no revision 'v9'" in error.message


def test_a_gated_repository_is_listed_and_marked(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/gated", FILES, gated="manual")
    assert ask(hub.endpoint).list_repo("o/gated").gated is True


def test_a_busy_hub_says_when_it_will_answer(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/yi-GGUF", FILES)
    hub.fault("status", on="hub", status=429, headers={"RateLimit": '"api";r=0;t=55'})
    error = refused(ask(hub.endpoint), "o/yi-GGUF")
    assert isinstance(error, trouble.Unreachable)
    assert "55 s" in (error.hint or "")
    assert len(hub.requests) == 1


def test_a_short_trouble_passes_unseen(hub: StandInHub, ask: Ask) -> None:
    hub.add_repo("o/yi-GGUF", FILES)
    hub.fault("status", on="hub", status=503, times=1)
    assert ask(hub.endpoint).list_repo("o/yi-GGUF").groups


def test_a_long_trouble_is_told_after_three_attempts(hub: StandInHub, ask: Ask) -> None:
    hub.fault("status", on="hub", status=502)
    assert "HTTP 502" in refused(ask(hub.endpoint), "o/yi-GGUF").message
    assert len(hub.requests) == 3


# No answer, or somebody else's


@pytest.mark.parametrize("at", ["revision", "tree"])
def test_a_stalled_listing_ends_in_time(hub: StandInHub, ask: Ask, at: str) -> None:
    hub.add_repo("o/yi-GGUF", FILES)
    hub.fault("hang", on="hub", path=at)
    began = time.perf_counter()
    error = refused(ask(hub.endpoint, timeout_s=0.4), "o/yi-GGUF")
    assert time.perf_counter() - began < 3
    assert "does not answer in time" in error.message
    assert isinstance(error, trouble.Unreachable)


def test_a_refused_connection_is_told_at_once(ask: Ask) -> None:
    began = time.perf_counter()
    error = refused(ask("http://127.0.0.1:9"), "o/yi-GGUF")
    assert time.perf_counter() - began < 4
    assert "refuses the connection" in error.message


def test_a_name_that_cannot_be_resolved_is_told(ask: Ask) -> None:
    error = refused(ask("http://no-such-host.invalid"), "o/yi-GGUF")
    assert "cannot be resolved" in error.message or "does not answer" in error.message


def test_a_login_page_is_not_taken_for_the_hub(hub: StandInHub, ask: Ask) -> None:
    hub.fault("html", on="hub")
    error = refused(ask(hub.endpoint), "o/yi-GGUF")
    assert "is not a Hub" in error.message
    assert "login" in (error.hint or "")


def test_a_certificate_of_nobody_is_told_with_what_helps(ask: Ask, tls_hub: StandInHub) -> None:
    error = refused(ask(tls_hub.endpoint), "o/yi-GGUF")
    assert "not trusted" in error.message
    assert "SSL_CERT_FILE" in (error.hint or "")


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_companys_certificate_is_taken_from_the_environment(
    ask: Ask, tls_hub: StandInHub, name: str
) -> None:
    asked = ask(tls_hub.endpoint, environ={name: str(tls_hub.ca_file)})
    assert asked.list_repo("o/yi-GGUF").groups
    error = refused(ask(tls_hub.endpoint, environ={name: "/no/such.pem"}), "o/yi-GGUF")
    assert name in error.message


def test_a_dead_proxy_is_named_without_its_password(
    hub: StandInHub, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
    error = refused(ask("http://hub.example"), "o/yi-GGUF")
    assert "proxy" in (error.hint or "")
    assert "secret" not in error.message + (error.hint or "")


def test_a_socks_proxy_without_its_library_is_told(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.delitem(sys.modules, "httpcore2._sync.socks_proxy", raising=False)
    error = refused(ask("http://hub.example"), "o/yi-GGUF")
    assert "SOCKS" in error.message
    assert "socksio" in (error.hint or "")


@pytest.mark.parametrize("endpoint", ["ftp://hub.example", "hub.example", "http://[", ""])
def test_an_endpoint_that_is_no_address_is_told(ask: Ask, endpoint: str) -> None:
    assert isinstance(refused(ask(endpoint), "o/yi-GGUF"), trouble.Unreachable)


# The token


def test_the_token_is_found_where_people_keep_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_in_file\n")
    home = {"HF_HOME": str(tmp_path)}
    assert find_token(home) == Token("hf_in_file", str(tmp_path / "token"))
    assert find_token({"HF_TOKEN_PATH": str(tmp_path / "token")}) == find_token(home)
    assert find_token({"XDG_CACHE_HOME": str(tmp_path)}) is None
    assert find_token(home | {"HF_TOKEN": " hf_env\n"}) == Token("hf_env", "HF_TOKEN")
    assert find_token(home | {"HUGGING_FACE_HUB_TOKEN": "old"}) is not None
    assert find_token(home | {"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}) is None
    assert find_token({"HF_HOME": str(tmp_path), "HF_TOKEN": "hf_ö"}) is not None
    assert "hf_in_file" not in repr(find_token(home))


def test_a_mirror_gets_no_token_unless_that_is_wished(hub: StandInHub, tmp_path: Path) -> None:
    hub.add_repo("o/yi-GGUF", FILES)
    environ = {"HF_TOKEN": "hf_good", "HF_ENDPOINT": hub.endpoint + "/"}
    for wished in (False, True):
        hub.requests.clear()
        with Web(environ=environ) as web:
            asked = HuggingFace.from_environment(
                web, KeptListings(tmp_path), environ, token_for_mirror=wished
            )
            asked.list_repo("o/yi-GGUF")
        assert {"authorization" in seen.headers for seen in hub.requests} == {wished}


def test_huggingface_co_gets_the_token(tmp_path: Path) -> None:
    with Web(environ={}) as web:
        asked = HuggingFace.from_environment(web, KeptListings(tmp_path), {"HF_TOKEN": "hf_x"})
        address = asked.address("o/n", "main", "a.gguf")
    assert address.url == "https://huggingface.co/o/n/resolve/main/a.gguf"
    assert address.headers == {"Authorization": "Bearer hf_x"}


def test_a_token_on_the_machine_is_not_sent_behind_our_back(
    hub: StandInHub, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_good")
    hub.add_repo("o/yi-GGUF", FILES)
    ask(hub.endpoint).list_repo("o/yi-GGUF")
    assert not any("authorization" in seen.headers for seen in hub.requests)


def test_a_fresh_process_asks_nothing_but_what_it_wants_to_know(
    hub: StandInHub, tmp_path: Path
) -> None:
    """huggingface_hub's first request in a process would be for a list of agents."""
    hub.add_repo("o/yi-GGUF", FILES)
    program = (
        "import os, pathlib, sys\n"
        "from yi_local.hub.remote.huggingface import HuggingFace\n"
        "from yi_local.hub.remote.kept_listings import KeptListings\n"
        "from yi_local.hub.remote.web import Web\n"
        "assert 'huggingface_hub' not in sys.modules\n"
        "with Web() as web:\n"
        "    kept = KeptListings(pathlib.Path(sys.argv[1]))\n"
        "    hub = HuggingFace.from_environment(web, kept, os.environ)\n"
        "    print(len(hub.list_repo('o/yi-GGUF').groups))\n"
    )
    environ = os.environ | {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path)}
    for name in ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        environ.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("2\n", "")
    assert all(seen.path.startswith("/api/models/o/yi-GGUF") for seen in hub.requests)

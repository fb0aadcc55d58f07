"""Headers of models that are not here, read by range."""

import http.server
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from threading import Event

import httpx2
import pytest

from tests.hub.stand_in import StandIn, answered
from tests.stand_in_hub.content import Content, Generated, OnDisk
from tests.stand_in_hub.hub import StandInHub
from tests.tiny_gguf import write_tiny
from tests.yi_shapes import QUANTS, write_header_only
from yi_local.assistant.planning.advisor import read_subject, subject_of
from yi_local.errors import CannotLoad, ModelNotFound, YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.remote.kept_headers import KeptHeaders
from yi_local.hub.remote.kept_listings import KeptListings
from yi_local.hub.remote.modelscope import ModelScope
from yi_local.hub.remote.range_reader import RangeReader, Traffic
from yi_local.hub.remote.remote_header import Hub, Parts, read_headers
from yi_local.hub.remote.token import Token
from yi_local.hub.remote.web import Web
from yi_local.hub.repo import Address, Listing, ModelGroup

MIB = 1 << 20
Results = list[tuple[ModelGroup, Parts | YiLocalError]]


@pytest.fixture(scope="session")
def yi_quants(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Content]:
    """Yi-6B in all the quants we can write, as large as they really are; holes for weights."""
    folder = tmp_path_factory.mktemp("yi")
    files: dict[str, Content] = {}
    for quant in QUANTS:
        path = write_header_only(folder / f"yi-6b-{quant}.gguf", "yi-6b", quant)
        files[path.name] = OnDisk(path, sha256(path.name.encode()).hexdigest())
    return files


@pytest.fixture
def web(clean_environment: None) -> Iterator[Web]:
    with Web(environ={}, timeout_s=1.0) as web:
        yield web


class Reader:
    def __init__(self, asked: HuggingFace | ModelScope, folder: Path) -> None:
        self.asked: Hub = asked
        self.lister = asked
        self.kept = KeptHeaders(folder)
        self.traffic = Traffic()

    def listing(self, repo_id: str = "o/yi") -> Listing:
        return self.lister.list_repo(repo_id)

    def read(self, repo_id: str = "o/yi") -> Results:
        listing = self.listing(repo_id)
        return list(read_headers(self.asked, listing, listing.groups, self.kept, self.traffic))

    def read_one(self) -> Parts:
        ((_, parts),) = self.read()
        assert not isinstance(parts, YiLocalError), parts
        return parts

    def refused(self) -> YiLocalError:
        ((_, error),) = self.read()
        assert isinstance(error, YiLocalError)
        return error


@pytest.fixture
def reader(hub: StandInHub, web: Web, tmp_path: Path) -> Reader:
    return Reader(HuggingFace(web, KeptListings(tmp_path), endpoint=hub.endpoint), tmp_path)


def test_a_repository_of_quants_costs_little_and_plans_like_local_files(
    hub: StandInHub, reader: Reader, yi_quants: Mapping[str, Content], tmp_path: Path
) -> None:
    hub.add_repo("o/yi", yi_quants)
    results = reader.read()
    assert [group.name for group, _ in results] == [g.name for g in reader.listing().groups]
    assert len(results) == len(yi_quants)
    for group, parts in results:
        assert not isinstance(parts, YiLocalError), parts
        content = yi_quants[group.name]
        assert isinstance(content, OnDisk)
        local = read_subject(content.path)
        remote = subject_of(parts, path=str(content.path), size_bytes=group.size_bytes)
        assert remote == local
    n_models = len(yi_quants)
    assert reader.traffic.n_bytes <= n_models * 2 * MIB
    assert reader.traffic.n_bytes == hub.bytes_sent
    # The first four take two ranges and one redirect each, the others know how much to ask for.
    assert reader.traffic.n_requests <= 2 * n_models + 4
    assert reader.traffic.n_requests == len(hub.asked("cdn")) + len(
        [seen for seen in hub.asked("hub") if "/resolve/" in seen.path]
    )


def test_what_was_read_before_costs_nothing_even_in_another_repository(
    hub: StandInHub, reader: Reader, yi_quants: Mapping[str, Content], web: Web, tmp_path: Path
) -> None:
    hub.add_repo("o/yi", yi_quants)
    first = reader.read()
    hub.add_repo("other/copy", {f"copy-of-{name}": it for name, it in yi_quants.items()})
    before = reader.traffic.n_bytes
    hub.requests.clear()
    again = reader.read("other/copy")
    assert not [seen for seen in hub.requests if "/resolve/" in seen.path or seen.origin == "cdn"]
    assert reader.traffic.n_bytes == before
    for (_, one), (group, other) in zip(first, again, strict=True):
        assert not isinstance(one, YiLocalError)
        assert not isinstance(other, YiLocalError)
        assert [header for _, header in one] == [header for _, header in other]
        a, b = (
            subject_of(parts, path="x.gguf", size_bytes=group.size_bytes) for parts in (one, other)
        )
        assert a == b


def test_a_kept_header_that_is_damaged_is_read_again(
    hub: StandInHub, reader: Reader, tmp_path: Path
) -> None:
    hub.add_repo("o/yi", {"yi.gguf": tiny(tmp_path)})
    reader.read_one()
    (kept,) = (tmp_path / "headers").iterdir()
    for damage in (b"", b"x", kept.read_bytes()[:99]):
        kept.write_bytes(damage)
        before = reader.traffic.n_requests
        assert reader.read_one()
        assert reader.traffic.n_requests == before + 2


def test_all_shards_of_a_model_are_read(
    hub: StandInHub, reader: Reader, yi_quants: Mapping[str, Content], tmp_path: Path
) -> None:
    first = next(iter(yi_quants.values()))
    hub.add_repo(
        "o/yi", {"yi-00001-of-00002.gguf": first, "yi-00002-of-00002.gguf": tiny(tmp_path)}
    )
    parts = reader.read_one()
    assert [header.architecture for _, header in parts] == ["llama", "llama"]
    assert [source.size for source, _ in parts] == [first.size, tiny(tmp_path).size]


def test_modelscopes_headers_are_read_the_same_way(
    hub: StandInHub, web: Web, yi_quants: Mapping[str, Content], tmp_path: Path
) -> None:
    hub.add_repo("o/yi", dict(list(yi_quants.items())[:1]))
    scope = ModelScope(web, KeptListings(tmp_path), endpoint=hub.modelscope_endpoint)
    reader = Reader(scope, tmp_path)
    assert reader.read_one()
    assert reader.traffic.n_bytes <= 2 * MIB


def tiny(folder: Path) -> OnDisk:
    path = folder / "tiny.gguf"
    if not path.exists():
        write_tiny(path)
    return OnDisk(path, sha256(path.read_bytes()).hexdigest())


# Faults


@pytest.fixture
def one_yi(hub: StandInHub, yi_quants: Mapping[str, Content]) -> None:
    name, content = next(iter(yi_quants.items()))
    hub.add_repo("o/yi", {name: content})


@pytest.mark.usefixtures("one_yi")
def test_a_server_that_ignores_ranges_is_not_read_to_the_end(
    hub: StandInHub, reader: Reader
) -> None:
    hub.fault("ignore_range")
    assert reader.read_one()
    assert reader.traffic.n_bytes < 4 * MIB


@pytest.mark.usefixtures("one_yi")
def test_a_dropped_connection_goes_on_where_it_was(hub: StandInHub, reader: Reader) -> None:
    hub.fault("drop", after_bytes=700_000, times=2)
    assert reader.read_one()
    assert reader.traffic.n_bytes < 2.2 * MIB


@pytest.mark.usefixtures("one_yi")
@pytest.mark.parametrize("kind", ["reset", "stall", "refuse", "expired"])
def test_a_fault_that_passes_is_survived(hub: StandInHub, reader: Reader, kind: str) -> None:
    hub.fault(kind, times=1)
    assert reader.read_one()


def reader_of(web: Web, url: str, size_bytes: int, headers: dict[str, str]) -> RangeReader:
    def explain(response: httpx2.Response) -> YiLocalError:
        return YiLocalError(f"HTTP {response.status_code}")

    address = Address(url, headers)
    return RangeReader(web.asking(), address, size_bytes, explain, Traffic(), Event())


def test_a_signature_that_expires_between_two_ranges_is_renewed(hub: StandInHub, web: Web) -> None:
    content = Generated(300_000)
    repo = hub.add_repo("o/yi", {"yi.gguf": content})
    url = f"{hub.endpoint}/o/yi/resolve/{repo.commit}/yi.gguf"
    reader = reader_of(web, url, content.size, {})
    first = reader.fetch(0, 100_000)
    second = reader.fetch(100_000, 100_000)
    assert len(hub.asked("hub")) == 1  # the second range went straight to the CDN
    hub.cdn.expire_all()
    assert first + second + reader.fetch(200_000, 200_000) == content.whole()
    assert len(hub.asked("hub")) == 2


def test_a_redirect_on_the_same_host_keeps_the_token(web: Web) -> None:
    data = bytes(range(100))

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        if handler.path == "/resolve":
            answered(307, b"", Location="/cache")(handler)
        elif handler.headers["Authorization"] != "Bearer hf_good":
            answered(401)(handler)
        else:
            first, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
            there = {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
            answered(206, data[first : last + 1], "binary/octet-stream", **there)(handler)

    stand_in = StandIn(answer)
    try:
        headers = {"Authorization": "Bearer hf_good"}
        reader = reader_of(web, f"http://{stand_in.address}/resolve", len(data), headers)
        assert reader.fetch(0, 40) + reader.fetch(40, 60) == data
    finally:
        stand_in.close()


@pytest.mark.usefixtures("one_yi")
@pytest.mark.parametrize("kind", ["drop", "expired", "html", "wrong_range", "wrong_total"])
def test_a_fault_that_stays_is_told_after_few_requests(
    hub: StandInHub, reader: Reader, kind: str
) -> None:
    hub.fault(kind)
    assert reader.refused().message
    assert len(hub.asked("cdn")) <= 3


@pytest.mark.usefixtures("one_yi")
def test_answers_that_are_compressed_are_refused(hub: StandInHub, reader: Reader) -> None:
    hub.fault("compressed")
    assert "compressing" in reader.refused().message


def test_what_is_no_gguf_costs_one_range(hub: StandInHub, reader: Reader) -> None:
    hub.add_repo("o/yi", {"yi.gguf": Generated(1 << 30)})
    assert isinstance(reader.refused(), CannotLoad)
    assert reader.traffic.n_bytes <= MIB


def test_a_file_that_is_cut_short_is_told_before_it_is_fetched(
    hub: StandInHub, reader: Reader, tmp_path: Path
) -> None:
    whole = tiny(tmp_path).path.read_bytes()
    hub.add_repo("o/yi", {"yi.gguf": whole[:-500]})
    assert "cut short" in reader.refused().message


def test_a_file_that_is_gone_is_told(hub: StandInHub, reader: Reader, tmp_path: Path) -> None:
    repo = hub.add_repo("o/yi", {"yi.gguf": tiny(tmp_path)})
    listing = reader.listing()
    repo.commits[repo.commit] = []
    ((_, error),) = read_headers(reader.asked, listing, listing.groups, reader.kept)
    assert isinstance(error, ModelNotFound)
    assert "no file 'yi.gguf'" in error.message


def test_one_damaged_file_does_not_spoil_the_others(
    hub: StandInHub, reader: Reader, tmp_path: Path
) -> None:
    hub.add_repo("o/yi", {"a-Q2_K.gguf": b"GGUF damaged", "b-Q8_0.gguf": tiny(tmp_path)})
    (_, first), (_, second) = reader.read()
    assert isinstance(first, CannotLoad)
    assert not isinstance(second, YiLocalError)


# Gates


@pytest.mark.parametrize("token", [None, Token("hf_stranger", "HF_TOKEN")])
def test_a_gate_is_told_with_where_to_ask_and_not_knocked_at_for_every_file(
    hub: StandInHub, web: Web, tmp_path: Path, token: Token | None
) -> None:
    hub.add_repo("o/yi", {f"{n}-Q4_0.gguf": b"GGUF%d" % n for n in range(40)}, gated="manual")
    asked = HuggingFace(web, KeptListings(tmp_path), endpoint=hub.endpoint, token=token)
    results = Reader(asked, tmp_path).read()
    assert len(results) == 40
    for _, error in results:
        assert isinstance(error, trouble.Refused)
        assert "o/yi is gated" in error.message
        assert f"{hub.endpoint}/o/yi" in (error.hint or "")
    assert len([seen for seen in hub.requests if "/resolve/" in seen.path]) <= 8


def test_with_access_the_token_goes_to_the_hub_and_never_to_the_cdn(
    hub: StandInHub, web: Web, yi_quants: Mapping[str, Content], tmp_path: Path
) -> None:
    hub.add_repo("o/yi", yi_quants, gated="manual", granted=("hf_good",))
    token = Token("hf_good", "HF_TOKEN")
    asked = HuggingFace(web, KeptListings(tmp_path), endpoint=hub.endpoint, token=token)
    for _, parts in Reader(asked, tmp_path).read():
        assert not isinstance(parts, YiLocalError)
    assert hub.asked("cdn")
    assert not any("authorization" in seen.headers for seen in hub.asked("cdn"))


@pytest.mark.parametrize("caching", [True, False])
def test_a_mirrors_headers_are_read(
    hub: StandInHub, web: Web, yi_quants: Mapping[str, Content], tmp_path: Path, caching: bool
) -> None:
    hub.mirror.caching = caching
    hub.add_repo("o/yi", dict(list(yi_quants.items())[:1]))
    asked = HuggingFace(web, KeptListings(tmp_path), endpoint=hub.mirror_endpoint)
    assert Reader(asked, tmp_path).read_one()


def test_an_iterator_that_is_closed_stops_asking(hub: StandInHub, reader: Reader) -> None:
    hub.add_repo("o/yi", {f"{n}-Q4_0.gguf": b"GGUF%d" % n for n in range(200)})
    listing = reader.listing()
    results = read_headers(reader.asked, listing, listing.groups, reader.kept)
    next(results)
    results.close()  # type: ignore[attr-defined]
    asked = len(hub.requests)
    assert asked < 150
    assert len(hub.requests) == asked

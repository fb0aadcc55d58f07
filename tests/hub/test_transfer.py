"""The transfer loop against everything that goes wrong between here and a Hub."""

import errno
import hashlib
import re
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.stand_in_hub.content import Generated
from tests.stand_in_hub.fetching import BIG, FILENAME, QUICK, REPO_ID, Fetching
from tests.stand_in_hub.hub import StandInHub
from yi_local.errors import Cancelled, YiLocalError
from yi_local.hub.remote.address import modelscope_address
from yi_local.hub.remote.trouble import Unreachable
from yi_local.hub.remote.web import Web
from yi_local.hub.repo import RemoteFile
from yi_local.hub.transfer.download import Patience
from yi_local.hub.transfer.loop import fetch
from yi_local.hub.transfer.partial import Partial
from yi_local.hub.transfer.place import Shelf
from yi_local.hub.transfer.space import DiskFull

MB = 1_000_000


@pytest.fixture
def fetching(hub: StandInHub, tmp_path: Path) -> Fetching:
    return Fetching(hub, tmp_path, BIG)


def is_whole(fetching: Fetching) -> bool:
    return hashlib.sha256(fetching.fetched).hexdigest() == fetching.content.sha256


def test_a_file_arrives_verified_by_two_requests(fetching: Fetching) -> None:
    told = fetching.run()
    assert is_whole(fetching)
    assert (told[-1].state, told[-1].done_bytes) == ("done", BIG.size)
    assert [seen.origin for seen in fetching.hub.requests] == ["hub", "cdn"]
    assert not fetching.download.partial.exists()
    [asked, _] = fetching.hub.requests
    assert asked.headers["x-hf-download-counter"] == "1"
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.headers["user-agent"].startswith("yi_local/")


def test_what_is_here_is_not_asked_for(fetching: Fetching) -> None:
    fetching.run()
    fetching.hub.requests.clear()
    [only] = fetching.run()
    assert (only.state, fetching.hub.requests) == ("done", [])


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
def test_files_of_any_size_arrive(hub: StandInHub, tmp_path: Path, size: int) -> None:
    fetching = Fetching(hub, tmp_path, Generated(size))
    fetching.run()
    assert is_whole(fetching)


# Faults that pass

PASSING: list[tuple[str, dict[str, Any]]] = [
    ("drop", {"after_bytes": MB, "times": 2}),
    ("drop", {"after_bytes": 0, "times": 3}),
    ("drop", {"after_bytes": 100_000, "times": 29}),
    ("reset", {"after_bytes": MB, "times": 3}),
    ("reset", {"after_bytes": 0, "times": 3}),
    ("stall", {"after_bytes": MB, "times": 1}),
    ("refuse", {"times": 3}),
    ("refuse", {"times": 3, "on": "hub"}),
    ("hang", {"times": 1}),
    ("hang", {"times": 1, "on": "hub"}),
    ("expired", {"times": 1}),
    ("html", {"times": 1}),
    ("html", {"times": 1, "on": "hub"}),
    ("compressed", {"times": 1}),
    ("flip", {"at": 2 * MB, "times": 1}),
    *(
        ("status", {"status": status, "times": 2, "on": on})
        for status in (408, 429, 500, 502, 503, 504)
        for on in ("hub", "cdn")
    ),
    ("status", {"status": 400, "times": 1}),
    ("status", {"status": 404, "times": 1}),
]


@pytest.mark.parametrize(("kind", "how"), PASSING, ids=str)
def test_a_fault_that_passes_is_survived(
    fetching: Fetching, kind: str, how: dict[str, Any]
) -> None:
    fault = fetching.hub.fault(kind, **how)
    fetching.run()
    assert is_whole(fetching)
    assert fault.times == 0  # it did happen


@pytest.mark.parametrize("kind", ["wrong_range", "wrong_total"])
def test_a_part_that_is_another_is_not_taken(fetching: Fetching, kind: str) -> None:
    fetching.keep(BIG.whole()[:MB])
    fault = fetching.hub.fault(kind, times=2)
    fetching.run()
    assert is_whole(fetching)
    assert fault.times == 0


def test_after_a_drop_it_goes_on_where_it_ended(fetching: Fetching) -> None:
    fetching.hub.fault("drop", after_bytes=MB, times=2)
    fetching.run()
    assert fetching.starts == [0, MB, 2 * MB]
    assert fetching.hub.bytes_sent == BIG.size


def test_a_signature_that_expires_on_the_way_is_renewed(fetching: Fetching) -> None:
    for told in fetch_slowly(fetching):
        if told.done_bytes >= MB:
            fetching.hub.cdn.expire_all()
            break
    fetching.run()
    assert is_whole(fetching)


def fetch_slowly(fetching: Fetching) -> Iterator[Any]:
    fetching.hub.fault("throttle", bytes_per_s=10 * MB)
    with Web(environ={}) as web:
        yield from fetch(fetching.download, web, patience=QUICK)


def test_a_server_that_ignores_ranges_costs_time_and_no_progress(fetching: Fetching) -> None:
    """What is here stays here: the bytes that are sent again are passed over."""
    fetching.hub.fault("ignore_range")
    fetching.hub.fault("drop", after_bytes=MB, times=1)
    fetching.hub.fault("drop", after_bytes=2 * MB, times=1)
    told = fetching.run()
    assert is_whole(fetching)
    done = [it.done_bytes for it in told]
    assert done == sorted(done)


def test_a_server_that_tells_no_length_is_survived(fetching: Fetching) -> None:
    fetching.hub.fault("no_length")
    fetching.hub.fault("drop", after_bytes=MB, times=1)
    fetching.run()
    assert is_whole(fetching)


def test_wrong_bytes_are_fetched_once_more(fetching: Fetching) -> None:
    fetching.hub.fault("flip", at=MB, times=1)
    told = fetching.run()
    assert fetching.hub.bytes_sent == 2 * BIG.size
    assert any("wrong" in it.detail for it in told)


# Faults that last


def failed(fetching: Fetching, **options: Any) -> YiLocalError:
    with pytest.raises(YiLocalError) as raised:
        fetching.run(**options)
    assert raised.value.hint
    assert not fetching.download.blob.exists()
    return raised.value


def test_bytes_that_stay_wrong_fail_and_nothing_is_kept(fetching: Fetching) -> None:
    fetching.hub.fault("flip", at=MB)
    assert "arrived twice with another sha256" in failed(fetching).message
    assert fetching.hub.bytes_sent == 2 * BIG.size
    assert not fetching.download.partial.exists()


LASTING: list[tuple[str, dict[str, Any], str]] = [
    ("drop", {}, "connection ended too early|breaks the connection"),
    ("reset", {}, "breaks the connection off"),
    ("refuse", {"on": "hub"}, "breaks the connection off"),
    ("stall", {}, "does not answer in time"),
    ("expired", {}, "HTTP 403"),
    ("html", {}, "wants a login"),
    ("compressed", {}, "compressing"),
    ("status", {"status": 503, "on": "hub"}, "trouble of its own"),
    ("status", {"status": 429, "on": "hub"}, "busy"),
]


@pytest.mark.parametrize(("kind", "how", "words"), LASTING, ids=str)
def test_a_fault_that_lasts_is_told_and_what_came_is_kept(
    fetching: Fetching, kind: str, how: dict[str, Any], words: str
) -> None:
    fetching.keep(BIG.whole()[:MB])
    fetching.hub.fault(kind, **how)
    error = failed(fetching, timeout_s=0.1)
    assert isinstance(error, Unreachable)
    assert error.exit_code == 1
    assert re.search(words, error.message)
    assert len(fetching.hub.asked("hub")) == QUICK.attempts_at_first
    assert fetching.kept_bytes == MB


def test_another_file_than_announced_is_not_taken(fetching: Fetching) -> None:
    fetching.keep(BIG.whole()[:MB])
    fetching.hub.fault("wrong_total")
    assert f"{BIG.size + 1000} bytes where {BIG.size}" in failed(fetching).message


def test_a_file_that_shrank_is_not_waited_for(hub: StandInHub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, BIG)
    fetching.keep(BIG.whole()[:MB])
    hub.repositories[REPO_ID].commits[fetching.commit] = [(FILENAME, Generated(MB))]
    assert "no bytes beyond" in failed(fetching).message


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_by_the_hub_is_final(fetching: Fetching, status: int) -> None:
    fetching.hub.fault("status", on="hub", status=status)
    failed(fetching)
    assert len(fetching.hub.requests) == 1


def test_a_closed_port_is_told(hub: StandInHub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, BIG, endpoint="http://127.0.0.1:9")
    assert "127.0.0.1 refuses the connection" in failed(fetching).message


def test_more_attempts_are_made_after_it_once_worked(fetching: Fetching) -> None:
    fetching.hub.fault("drop", after_bytes=MB, times=1)
    fetching.hub.fault("drop")
    failed(fetching)
    assert len(fetching.starts) == 1 + QUICK.attempts_later
    assert fetching.kept_bytes == MB


def test_offline_nothing_is_asked(fetching: Fetching) -> None:
    with Web(offline=True, environ={}) as web, pytest.raises(Unreachable, match="Offline"):
        list(fetch(fetching.download, web))
    assert fetching.hub.requests == []


# What a server asks for


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "1"}, {"RateLimit": '"resolvers";r=0;t=1'}], ids=str
)
def test_a_pause_that_is_asked_for_is_kept(fetching: Fetching, headers: dict[str, str]) -> None:
    fetching.hub.fault("status", on="hub", status=429, headers=headers, times=1)
    began = time.monotonic()
    told = fetching.run()
    assert time.monotonic() - began >= 1
    assert any(it.state == "waiting" and "trying again in 1 s" in it.detail for it in told)
    assert is_whole(fetching)


def test_the_countdown_in_every_answer_is_no_pause(fetching: Fetching) -> None:
    fetching.hub.fault("status", on="hub", status=500, times=1)  # with RateLimit: ...t=71
    began = time.monotonic()
    fetching.run()
    assert time.monotonic() - began < 3


def test_nobody_waits_an_hour(fetching: Fetching) -> None:
    headers = {"Retry-After": "3600"}
    fetching.hub.fault("status", on="hub", status=429, headers=headers)
    failed(fetching)
    assert len(fetching.hub.requests) == 1


# Progress


def test_a_throttled_transfer_shows_steady_progress(fetching: Fetching) -> None:
    fetching.hub.fault("throttle", bytes_per_s=2 * MB)
    times, told = [], []
    with Web(environ={}) as web:
        for it in fetch(fetching.download, web):
            times.append(time.monotonic())
            told.append(it)
    done = [it.done_bytes for it in told]
    assert done == sorted(done)
    assert len(set(done)) >= 10
    assert max(later - sooner for sooner, later in pairwise(times)) < 0.5
    late = [it for it in told if it.state == "transferring"][-3:]
    assert all(it.bytes_per_s and MB < it.bytes_per_s < 3 * MB for it in late)
    assert all(it.left_s is not None and it.left_s < 1 for it in late)


def test_silence_is_told_while_it_lasts(fetching: Fetching) -> None:
    fetching.hub.fault("stall", after_bytes=MB, seconds=0.5, times=1)
    told = fetching.run(timeout_s=5)
    stalled = [it for it in told if it.state == "stalled"]
    assert len(stalled) >= 2
    assert all(it.done_bytes == MB and it.left_s is None for it in stalled)
    assert len(fetching.starts) == 1  # it was waited for, not asked again


# Stopping and going on


def test_a_cancelled_transfer_is_kept_and_goes_on(fetching: Fetching) -> None:
    fetching.hub.fault("throttle", bytes_per_s=10 * MB)
    with pytest.raises(Cancelled, match=r"1\..* MB of 3\.0 MB"):
        fetching.run(lambda: fetching.kept_bytes > MB)
    kept = fetching.kept_bytes
    assert kept > MB
    fetching.run()
    assert is_whole(fetching)
    assert fetching.starts == [0, kept]


def test_a_cancel_does_not_wait_for_a_silent_server(fetching: Fetching) -> None:
    fetching.hub.fault("stall", after_bytes=MB)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        fetching.run(lambda: fetching.kept_bytes >= MB, timeout_s=5)
    assert time.monotonic() - began < 2


def test_a_dropped_iterator_keeps_what_came(fetching: Fetching) -> None:
    slowly = fetch_slowly(fetching)
    assert any(told.done_bytes > MB for told in slowly)
    slowly.close()  # type: ignore[attr-defined]
    kept = fetching.kept_bytes
    fetching.run()
    assert is_whole(fetching)
    assert fetching.starts == [0, kept]


def test_a_kept_part_that_went_bad_is_fetched_again(fetching: Fetching) -> None:
    """As after a power cut: the length is right, the bytes are zeros."""
    fetching.keep(BIG.whole()[:MB] + bytes(MB))
    fetching.run()
    assert is_whole(fetching)
    assert fetching.starts == [2 * MB, 0]


def test_a_kept_part_that_is_too_long_is_thrown_away(fetching: Fetching) -> None:
    fetching.keep(bytes(BIG.size + 1))
    fetching.run()
    assert is_whole(fetching)
    assert fetching.starts == [0]


def test_a_kept_part_that_is_whole_needs_no_request(fetching: Fetching) -> None:
    fetching.keep(BIG.whole())
    fetching.run()
    assert is_whole(fetching)
    assert fetching.hub.requests == []


def test_a_partial_file_that_others_remove_does_not_matter(fetching: Fetching) -> None:
    for told in fetch_slowly(fetching):
        if told.done_bytes > MB:
            fetching.download.partial.unlink(missing_ok=True)
    assert is_whole(fetching)


# The disk


def test_a_full_disk_is_noticed_before_a_byte_is_asked_for(fetching: Fetching) -> None:
    error = failed(fetching, free=lambda _: MB)
    assert isinstance(error, DiskFull)
    assert error.message == f"{FILENAME} needs 3.0 MB of space, and 1.0 MB are free."
    assert fetching.hub.requests == []


def test_what_is_kept_needs_no_space(fetching: Fetching) -> None:
    fetching.keep(BIG.whole()[: 2 * MB + 1])
    fetching.run(free=lambda _: MB)
    assert is_whole(fetching)


def test_a_disk_that_fills_up_on_the_way_is_told(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Partial.append

    def fill(partial: Partial, data: bytes) -> None:
        if partial.position >= MB:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(partial, data)

    monkeypatch.setattr(Partial, "append", fill)
    assert isinstance(failed(fetching), DiskFull)
    assert fetching.kept_bytes >= MB
    monkeypatch.undo()
    fetching.run()
    assert is_whole(fetching)


# Whom the token is shown


def test_the_token_goes_to_the_hub_alone(hub: StandInHub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, BIG, token="hf_good")
    hub.fault("drop", after_bytes=MB, times=1)
    fetching.run()
    shown = {seen.origin for seen in hub.requests if "authorization" in seen.headers}
    assert shown == {"hub"}
    assert "hf_good" not in repr(fetching.download.address())


def test_a_mirror_that_redirects_passes_no_token_on(hub: StandInHub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, BIG, token="hf_good", endpoint=hub.mirror_endpoint)
    fetching.run()
    assert is_whole(fetching)
    shown = {seen.origin for seen in hub.requests if "authorization" in seen.headers}
    assert shown == {"mirror"}  # only because this caller asked for it


def test_a_caching_mirror_serves(hub: StandInHub, tmp_path: Path) -> None:
    hub.mirror.caching = True
    hub.fault("drop", on="mirror", after_bytes=MB, times=1)
    fetching = Fetching(hub, tmp_path, BIG, endpoint=hub.mirror_endpoint)
    fetching.run()
    assert is_whole(fetching)
    assert {seen.origin for seen in hub.requests} == {"mirror"}


# Certificates, ModelScope


def test_a_certificate_nobody_trusts_is_told_at_once(
    clean_environment: None, tmp_path: Path
) -> None:
    with StandInHub(tls=True) as hub:
        error = failed(Fetching(hub, tmp_path, BIG))
        assert "certificate of 127.0.0.1 is not trusted" in error.message
        assert "SSL_CERT_FILE" in str(error.hint)
        assert hub.requests == []


def test_over_tls_with_a_certificate_of_ones_own(clean_environment: None, tmp_path: Path) -> None:
    with (
        StandInHub(tls=True) as hub,
        Web(environ={"SSL_CERT_FILE": str(hub.ca_file)}, timeout_s=5) as web,
    ):
        fetching = Fetching(hub, tmp_path, BIG)
        hub.fault("reset", after_bytes=MB, times=1)
        hub.fault("drop", after_bytes=MB, times=1)
        list(fetch(fetching.download, web, patience=QUICK))
        assert is_whole(fetching)


def test_modelscope_files_come_by_the_same_loop(hub: StandInHub, tmp_path: Path) -> None:
    hub.add_repo("01-ai/Yi", {"yi.gguf": BIG, "config.json": b"{ }"})
    hub.fault("drop", after_bytes=MB, times=1)
    shelf = Shelf(tmp_path, "01-ai/Yi", "master")
    small = hub.repositories["01-ai/Yi"].commits[hub.repositories["01-ai/Yi"].commit][1][1]
    for path, content in (("yi.gguf", BIG), ("config.json", small)):
        download = shelf.download(
            RemoteFile(path, content.size, content.sha256),
            lambda path=path: modelscope_address(
                hub.modelscope_endpoint, "01-ai/Yi", "master", path, "secret"
            ),
        )
        with Web(environ={}) as web:
            list(fetch(download, web, patience=QUICK))
        seen = shelf.place(path, content.sha256)
        assert hashlib.sha256(seen.read_bytes()).hexdigest() == content.sha256
    shown = {seen.origin for seen in hub.requests if "secret" in repr(seen.headers)}
    assert shown == {"modelscope"}


# Others who want the same file


def test_another_program_is_waited_for_and_its_result_is_used(fetching: Fetching) -> None:
    fetching.hub.fault("throttle", bytes_per_s=6 * MB)
    first = threading.Thread(target=fetching.run)
    first.start()
    while not fetching.kept_bytes:
        assert first.is_alive()
    told = fetching.run()
    first.join()
    assert is_whole(fetching)
    assert len(fetching.starts) == 1
    waiting = [it for it in told if it.state == "waiting"]
    assert waiting
    assert waiting[-1].done_bytes > 0  # it sees how far the other one is


def test_patience_grows_and_ends() -> None:
    patience = Patience()
    pauses = [patience.pause_s(n) for n in range(1, patience.attempts_later)]
    assert pauses == sorted(pauses)
    assert sum(pauses[: patience.attempts_at_first - 1]) < 10
    assert 300 < sum(pauses) < 900

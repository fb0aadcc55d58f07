"""Two threads ask the Hub, each with a Web of its own: the library has one client for both."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.stand_in_hub.hub import StandInHub
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.remote.kept_listings import KeptListings
from yi_local.hub.remote.web import Web


def n_groups(hub: StandInHub, folder: Path) -> int:
    with Web(environ={}) as web:
        asked = HuggingFace(web, KeptListings(folder), endpoint=hub.endpoint)
        return len(asked.list_repo("o/yi").groups)


def test_closing_one_does_not_disturb_the_other(hub: StandInHub, tmp_path: Path) -> None:
    hub.add_repo("o/yi", {"yi-Q4_0.gguf": b"GGUF"})
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(n_groups, hub, tmp_path / str(number)) for number in range(40)]
        assert [each.result() for each in found] == [1] * 40


def test_one_that_is_offline_does_not_make_the_other_so(hub: StandInHub, tmp_path: Path) -> None:
    hub.add_repo("o/yi", {"yi-Q4_0.gguf": b"GGUF"})
    with Web(environ={}) as online, Web(offline=True, environ={}) as offline:
        asked = HuggingFace(online, KeptListings(tmp_path), endpoint=hub.endpoint)
        asked.search("yi")
        offline.hugging_face(hub.endpoint, None)
        assert asked.list_repo("o/yi").groups

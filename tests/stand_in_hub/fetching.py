"""Downloads from the stand-in, through the real loop."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.stand_in_hub.content import Content, Generated
from tests.stand_in_hub.hub import StandInHub
from yi_local.hub.remote.address import COUNTED, hugging_face_address
from yi_local.hub.remote.web import Web
from yi_local.hub.repo import Address, RemoteFile
from yi_local.hub.transfer.download import Download, Patience
from yi_local.hub.transfer.loop import fetch
from yi_local.hub.transfer.place import Shelf
from yi_local.hub.transfer.progress import Progress

REPO_ID, FILENAME = "01-ai/Yi-GGUF", "yi.Q4_K_M.gguf"
QUICK = Patience(first_pause_s=0.005, longest_pause_s=0.02, silence_s=0.1, tick_s=0.03)
TIMEOUT_S = 0.5


@dataclass
class Fetching:
    """One file of a repository at the stand-in, and the cache it goes to."""

    hub: StandInHub
    cache: Path
    content: Content
    token: str | None = None
    endpoint: str = ""

    def __post_init__(self) -> None:
        self.commit = self.hub.add_repo(REPO_ID, {FILENAME: self.content}).commit
        self.shelf = Shelf(self.cache, REPO_ID, self.commit)
        file = RemoteFile(FILENAME, self.content.size, self.content.sha256)
        endpoint = self.endpoint or self.hub.endpoint
        self.download: Download = self.shelf.download(
            file,
            lambda: _counted(
                hugging_face_address(endpoint, REPO_ID, self.commit, FILENAME, self.token)
            ),
        )

    def run(
        self,
        cancel: Callable[[], bool] = lambda: False,
        timeout_s: float = TIMEOUT_S,
        **options: Any,
    ) -> list[Progress]:
        options.setdefault("patience", QUICK)
        with Web(timeout_s=timeout_s, environ={}) as web:
            return list(fetch(self.download, web, cancel, **options))

    @property
    def fetched(self) -> bytes:
        return self.download.blob.read_bytes()

    @property
    def kept_bytes(self) -> int:
        path = self.download.partial
        return path.stat().st_size if path.exists() else 0

    def keep(self, data: bytes) -> None:
        """As an earlier run would have left it."""
        self.download.partial.parent.mkdir(parents=True, exist_ok=True)
        self.download.partial.write_bytes(data)

    @property
    def starts(self) -> list[int]:
        """Where the CDN was asked to begin."""
        ranges = [seen.headers.get("range", "bytes=0-") for seen in self.hub.asked("cdn")]
        return [int(told.removeprefix("bytes=").partition("-")[0]) for told in ranges]


BIG = Generated(3_000_000)


def _counted(address: Address) -> Address:
    return replace(address, headers=address.headers | COUNTED)

"""A stand-in for the Hugging Face Hub on loopback, with its CDN, a mirror and ModelScope.

    with StandInHub() as hub:
        hub.add_repo("owner/name", {"a.gguf": b"...", "big.gguf": Generated(1 << 30)})
        hub.fault("drop", after_bytes=3_000_000, times=30)
        ...  # speak to hub.endpoint

It follows recordings of the live Hub. Without TLS, huggingface_hub does not tell a missing
repository from other refusals, because it looks for https:// addresses.
"""

from pathlib import Path
from typing import Any

from tests.stand_in_hub import hub_routes, modelscope_routes
from tests.stand_in_hub.cdn import Cdn
from tests.stand_in_hub.certificates import ca_file
from tests.stand_in_hub.faults import Fault, Faults
from tests.stand_in_hub.mirror import Mirror
from tests.stand_in_hub.origin import Exchange, Origin, Seen
from tests.stand_in_hub.repository import Given, Repository, as_files, commit_of


class StandInHub:
    @property
    def ca_file(self) -> Path:
        return ca_file()

    def __init__(self, *, tls: bool = False, page_size: int = 1000) -> None:
        self.page_size = page_size
        self.tokens = {"hf_good": "somebody", "hf_stranger": "stranger"}  # the second sees nothing
        self.repositories: dict[str, Repository] = {}
        self._faults = Faults()
        self.cdn = Cdn()
        self.mirror = Mirror(self)
        self._origins = {
            name: Origin(name, answer, self._faults, tls)
            for name, answer in (
                ("hub", self._hub),
                ("cdn", self.cdn.answer),
                ("mirror", self.mirror.answer),
                ("modelscope", self._modelscope),
            )
        }
        self._origins["hub"].common = hub_routes.common_headers
        self.requests: list[Seen] = []
        for origin in self._origins.values():
            origin.record = self.requests.append
        self.cdn.endpoint = self.endpoint_of("cdn")

    def endpoint_of(self, name: str) -> str:
        return self._origins[name].endpoint

    @property
    def endpoint(self) -> str:
        return self.endpoint_of("hub")

    @property
    def mirror_endpoint(self) -> str:
        return self.endpoint_of("mirror")

    @property
    def modelscope_endpoint(self) -> str:
        return self.endpoint_of("modelscope")

    # What it holds

    def add_repo(self, repo_id: str, files: Given, **facts: Any) -> Repository:
        """Again with other files: a new commit. `facts`: see Repository."""
        held = as_files(files)
        commit = commit_of(repo_id, held)
        repo = self.repositories.get(repo_id) or Repository(repo_id, {}, {}, **facts)
        repo.commits[commit] = held
        repo.branches["main"] = commit
        self.repositories[repo_id] = repo
        return repo

    # What goes wrong

    def fault(self, kind: str, *, on: str = "cdn", times: int | None = None, **how: Any) -> Fault:
        """Always, or the next `times` times that it can happen; kinds: see Faults."""
        return self._faults.add(Fault(kind, on, times, **how))

    def heal(self) -> None:
        self._faults.clear()

    # What it was asked

    def asked(self, origin: str) -> list[Seen]:
        return [seen for seen in self.requests if seen.origin == origin]

    @property
    def bytes_sent(self) -> int:
        """Of files, by the CDN."""
        return sum(seen.bytes_sent for seen in self.asked("cdn"))

    def _hub(self, exchange: Exchange) -> None:
        hub_routes.answer(exchange, self)

    def _modelscope(self, exchange: Exchange) -> None:
        modelscope_routes.answer(exchange, self)

    def close(self) -> None:
        for origin in self._origins.values():
            origin.close()

    def __enter__(self) -> "StandInHub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

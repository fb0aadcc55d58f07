"""What is to be fetched, from where, and how patiently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from yi_local.errors import YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.repo import Address

Headers = Mapping[str, str]
Refusal = Callable[[int, Headers, str], YiLocalError]


def by_server(status: int, headers: Headers, host: str) -> YiLocalError:
    return trouble.of_server(status, headers, host)


@dataclass(frozen=True, slots=True)
class Download:
    """One file whose content is known beforehand."""

    name: str  # for people
    size_bytes: int
    sha256: str
    blob: Path  # where it will be, complete and verified; `.incomplete` beside it until then
    lock: Path
    address: Callable[[], Address]  # asked before each attempt, so that signatures are fresh
    seen: Path | None = None  # where it may be instead, on systems without links
    # The words for a refusal by the address's own host: status, headers, host.
    refused: Refusal = by_server

    @property
    def partial(self) -> Path:
        """The name that huggingface_hub used until 1.17, when it still resumed."""
        return self.blob.with_name(self.blob.name + ".incomplete")

    def is_here(self) -> bool:
        """By size; through a link, where another program shares its blobs."""
        return any(_has_size(path, self.size_bytes) for path in (self.blob, self.seen) if path)


def _has_size(path: Path, size_bytes: int) -> bool:
    try:
        return path.stat().st_size == size_bytes
    except (FileNotFoundError, NotADirectoryError):
        return False


@dataclass(frozen=True, slots=True)
class Patience:
    """Attempts count from the last one that brought bytes."""

    attempts_at_first: int = 5  # about 3 s of pauses: a wrong name or a dead host is told soon
    attempts_later: int = 20  # about 7 minutes: it worked a moment ago
    first_pause_s: float = 0.2
    longest_pause_s: float = 30.0
    longest_wait_s: float = 900.0  # that a server may ask for; its windows have 300 s
    silence_s: float = 2.0  # then it is called stalled
    tick_s: float = 0.25  # between looks at the clock and at `cancel`

    def pause_s(self, failures: int) -> float:
        return min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(failures, 16))

"""Reads stretches of a remote file by HTTP range."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock

import httpx2

from yi_local.errors import Cancelled, YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.answer import Accepted, Again, Refused, Verdict, judged
from yi_local.hub.remote.client import AskingClient
from yi_local.hub.repo import Address
from yi_local.language import tr

_PATIENCE = 3  # attempts in a row that bring no byte


@dataclass(slots=True)
class Traffic:
    """What was asked and read, counted by several threads."""

    n_requests: int = 0  # redirects are requests too
    n_bytes: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, *, n_requests: int = 0, n_bytes: int = 0) -> None:
        with self._lock:
            self.n_requests += n_requests
            self.n_bytes += n_bytes


class RangeReader:
    """One file's bytes; its `fetch` is what a gguf_file.Source wants."""

    def __init__(
        self,
        client: AskingClient,
        address: Address,
        size_bytes: int,
        explain: Callable[[httpx2.Response], YiLocalError],
        traffic: Traffic,
        stop: Event,
    ) -> None:
        self._client = client
        self._address = address
        self._size_bytes = size_bytes
        self._explain = explain
        self._traffic = traffic
        self._stop = stop
        self._host = httpx2.URL(address.url).netloc.decode("ascii", "replace")
        self._direct: str | None = None  # where the Hub redirected to, signed for a while

    def fetch(self, offset: int, length: int) -> bytes:
        """Fewer bytes only where the file ends. Raises YiLocalErrors."""
        end = min(offset + length, self._size_bytes)
        got = bytearray()
        failures = 0
        while offset + len(got) < end:
            before = len(got)
            failure = self._read(got, offset + before, end)
            failures = failures + 1 if len(got) == before else 0
            if failures == _PATIENCE:
                raise failure or YiLocalError(
                    tr("{host} sends nothing.", host=self._host), tr("Try again later.")
                )
        return bytes(got)

    def _read(self, got: bytearray, start: int, end: int) -> YiLocalError | None:
        """Appends what one request brings; returns what broke it off."""
        address = Address(self._direct) if self._direct else self._address
        asked = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
        with self._client.stream("GET", address.url, headers=address.headers | asked) as response:
            self._traffic.add(n_requests=1 + len(response.history))
            match self._judged(response, start):
                case Accepted(skip_bytes):
                    self._remember(response)
                    return self._take(response, got, skip_bytes, end - start)
                case Again(why):
                    self._direct = None  # where a signature is too old, the Hub has a fresh one
                    return YiLocalError(f"{why}.", tr("Try again in a while."))
                case Refused():
                    raise self._explain(response)

    def _judged(self, response: httpx2.Response, start: int) -> Verdict:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise trouble.no_hub(self._host)
        return judged(
            response.status_code,
            response.headers,
            start=start,
            size_bytes=self._size_bytes,
            at_home=not self._is_elsewhere(response),
        )

    def _take(
        self, response: httpx2.Response, got: bytearray, skip: int, wanted: int
    ) -> YiLocalError | None:
        """Leaves the rest of an answer that is longer than it was asked for."""
        try:
            for block in response.iter_raw():
                self._traffic.add(n_bytes=len(block))
                if self._stop.is_set():
                    raise Cancelled(tr("Reading the headers was stopped."))
                block, skip = block[skip:], max(0, skip - len(block))
                got += block[:wanted]
                wanted -= min(wanted, len(block))
                if not wanted:
                    break
        except httpx2.TransportError as error:
            return trouble.of_transport(error, self._host)
        return None

    def _remember(self, response: httpx2.Response) -> None:
        """Where the Hub redirects to another host, no token is needed there, nor wanted."""
        if response.history and self._is_elsewhere(response):
            self._direct = str(response.url)

    def _is_elsewhere(self, response: httpx2.Response) -> bool:
        return response.url.origin != httpx2.URL(self._address.url).origin

"""One attempt at the bytes of a file, read by a thread of its own.

So silence can be told while it lasts, a cancel takes effect at once, and the bytes before are
hashed and written while the next ones arrive.
"""

import threading

import httpx2

from yi_local.errors import YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.answer import Accepted, Again, Refused, judged
from yi_local.hub.remote.client import Client
from yi_local.hub.transfer.download import Download
from yi_local.hub.transfer.inbox import Inbox, Outcome
from yi_local.language import tr


class Stream:
    """Iterate with `next`; close it, whatever happens."""

    def __init__(
        self, client: Client, download: Download, start: int, end: int | None = None
    ) -> None:
        """To `end`, exclusive, which is then wholly taken in, whoever waits; else to the last."""
        self.start, self.end = start, end
        self._client = client
        self._download = download
        self._address = download.address()
        self._inbox = Inbox() if end is None else Inbox(end - start + 1)
        self._thread = threading.Thread(target=self._run, name="transfer", daemon=True)
        self._thread.start()

    def next(self) -> bytes | Outcome | None:
        """None: nothing came for a moment. After an outcome there is nothing more."""
        return self._inbox.take()

    def close(self) -> None:
        """Does not wait: a thread that listens to a silent server ends with its time-out."""
        self._inbox.close()

    def _run(self) -> None:
        self._inbox.end(self._outcome())

    def _outcome(self) -> Outcome:
        headers = {**self._address.headers, "Accept-Encoding": "identity"}
        if self.end is not None:
            headers["Range"] = f"bytes={self.start}-{self.end - 1}"
        elif self.start:
            headers["Range"] = f"bytes={self.start}-"
        try:
            with self._client.stream("GET", self._address.url, headers=headers) as response:
                return self._received(response)
        except (*trouble.RAISED, YiLocalError) as error:
            return error

    def _received(self, response: httpx2.Response) -> Outcome:
        asked = httpx2.URL(self._address.url)
        verdict = judged(
            response.status_code,
            response.headers,
            start=self.start,
            size_bytes=self._download.size_bytes,
            at_home=response.url.origin == asked.origin,
        )
        if isinstance(verdict, Refused):
            return self._download.refused(verdict.status, response.headers, asked.host)
        if isinstance(verdict, Accepted):
            if self.end is not None and response.status_code != 206:
                return Again(tr("The server sends the whole file where a part was asked for"))
            self._pass_on(response, verdict.skip_bytes)
            return Again(tr("The connection ended too early"))  # only if something is missing
        return verdict

    def _pass_on(self, response: httpx2.Response, skip_bytes: int) -> None:
        for piece in response.iter_raw():  # a chunk size would cost half the speed
            if skip_bytes:
                skip_bytes, piece = max(0, skip_bytes - len(piece)), piece[skip_bytes:]
            if not self._inbox.put(piece):
                return

"""Several connections for one file, whose bytes still come in order.

So the partial file has no holes, and other programs may go on with it. Each connection fetches a
segment of its own; those ahead of their turn wait in memory.
"""

from collections import deque

from yi_local.hub.remote.client import Client
from yi_local.hub.transfer.download import Download
from yi_local.hub.transfer.inbox import Outcome
from yi_local.hub.transfer.stream import Stream

SEGMENT_BYTES = 8 << 20  # for each connection: what it holds in memory, and what a kill may lose


class Segments:
    """The same face as Stream: `next`, until there is an outcome; `close`, whatever happens."""

    def __init__(self, client: Client, download: Download, start: int, n_connections: int) -> None:
        self._client, self._download = client, download
        self._begins = start  # of the segment that no connection has yet
        self._left = 0  # bytes of the first segment that have not come
        self._streams: deque[Stream] = deque()
        for _ in range(n_connections):
            self._open_one()
        self._begin_first()

    def next(self) -> bytes | Outcome | None:
        """None: nothing came for a moment, or all is here."""
        if not self._streams:
            return None
        item = self._streams[0].next()
        if not isinstance(item, bytes):
            return item
        item = item[: self._left]  # a server may send more than it was asked for
        self._left -= len(item)
        if not self._left:
            self._streams.popleft().close()
            self._open_one()
            self._begin_first()
        return item

    def close(self) -> None:
        for stream in self._streams:
            stream.close()

    def _open_one(self) -> None:
        end = min(self._begins + SEGMENT_BYTES, self._download.size_bytes)
        if self._begins < end:
            self._streams.append(Stream(self._client, self._download, self._begins, end))
            self._begins = end

    def _begin_first(self) -> None:
        if self._streams:
            first = self._streams[0]
            assert first.end is not None
            self._left = first.end - first.start

"""Reads the headers of models that are not here, and nothing of their weights."""

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Protocol

import httpx2

from yi_local.errors import CannotLoad, YiLocalError
from yi_local.gguf_file import GgufHeader, Source, check_complete, read_header
from yi_local.hub.remote import trouble
from yi_local.hub.remote.kept_headers import KeptHeaders
from yi_local.hub.remote.range_reader import RangeReader, Traffic
from yi_local.hub.remote.web import Web
from yi_local.hub.repo import Address, Listing, ModelGroup, RemoteFile
from yi_local.language import tr

Parts = tuple[tuple[Source, GgufHeader], ...]  # of all shards: what the advisor asks for

_N_THREADS = 4


class Hub(Protocol):
    """HuggingFace or ModelScope."""

    @property
    def web(self) -> Web: ...

    def address(self, repo_id: str, revision: str, path: str) -> Address: ...

    def trouble_of(self, response: httpx2.Response, repo_id: str, what: str) -> YiLocalError: ...


def read_headers(
    hub: Hub,
    listing: Listing,
    groups: Sequence[ModelGroup],
    kept: KeptHeaders,
    traffic: Traffic | None = None,
) -> Generator[tuple[ModelGroup, Parts | YiLocalError], None, None]:
    """In the order of the groups, each as soon as it is read; several are read at a time.

    What concerns the whole repository, such as a gate, is not asked for again and again: it is the
    error of all groups that follow, unless their headers were kept. `traffic` is counted up
    meanwhile. Close the iterator to stop.
    """
    reading = _Reading(hub, listing, kept, traffic or Traffic())
    pool = ThreadPoolExecutor(_N_THREADS, thread_name_prefix="header")
    try:
        waiting = deque((group, pool.submit(reading.parts_of, group)) for group in groups)
        while waiting:  # emptied on the way: what is read has megabytes
            group, future = waiting.popleft()
            yield group, future.result()
    finally:
        reading.stop.set()
        pool.shutdown(cancel_futures=True)


class _Reading:
    """Of one repository, by several threads."""

    def __init__(self, hub: Hub, listing: Listing, kept: KeptHeaders, traffic: Traffic) -> None:
        self.stop = Event()
        self._hub = hub
        self._listing = listing
        self._kept = kept
        self._traffic = traffic
        self._given_up: trouble.HubTrouble | None = None
        self._usual_bytes = 0  # how long the first header was: the others will be about as long

    def parts_of(self, group: ModelGroup) -> Parts | YiLocalError:
        try:
            return tuple(self._part(file, file is group.files[0]) for file in group.files)
        except trouble.HubTrouble as error:
            self._given_up = self._given_up or error
            return error
        except YiLocalError as error:
            return error

    def _part(self, file: RemoteFile, leads: bool) -> tuple[Source, GgufHeader]:
        """`leads`: it has the vocabulary, in which the bytes of a header are."""
        known = self._from_kept(file)
        if known is not None:
            return known
        if self._given_up is not None:
            raise self._given_up
        source = Source(self._reader(file).fetch, file.size_bytes)
        if leads and self._usual_bytes:
            source.head(min(self._usual_bytes, file.size_bytes))  # in one range instead of several
        header = read_header(source)
        check_complete(header, file.size_bytes)
        end = min(header.data_offset, file.size_bytes)
        if leads:
            self._usual_bytes = max(self._usual_bytes, end)
        data = bytes(source.head(end)[:end])
        self._kept.save(self._listing, file, data)
        return _held(data, file.size_bytes), header

    def _from_kept(self, file: RemoteFile) -> tuple[Source, GgufHeader] | None:
        data = self._kept.load(self._listing, file)
        if data is None:
            return None
        source = _held(data, file.size_bytes)
        try:
            return source, read_header(source)
        except CannotLoad:  # not all of it was kept
            return None

    def _reader(self, file: RemoteFile) -> RangeReader:
        web, listing = self._hub.web, self._listing
        if web.offline:
            raise trouble.offline(tr("The header of {path} was never read here.", path=file.path))
        return RangeReader(
            web.asking(),
            self._hub.address(listing.repo_id, listing.pin, file.path),
            file.size_bytes,
            lambda response: self._hub.trouble_of(response, listing.repo_id, file.path),
            self._traffic,
            self.stop,
        )


def _held(data: bytes, size_bytes: int) -> Source:
    return Source(lambda offset, length: data[offset : offset + length], size_bytes)

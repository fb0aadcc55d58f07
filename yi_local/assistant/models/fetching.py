"""Fetches one model of a repository, all its files, into the place where it belongs."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from yi_local.assistant.models.sources import RemoteHub, Sources
from yi_local.hub.remote.address import COUNTED
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.repo import Address, Listing, ModelGroup, RemoteFile
from yi_local.hub.transfer.by_library import MAX_HTTP_BYTES, fetch_by_library
from yi_local.hub.transfer.download import Download
from yi_local.hub.transfer.locks import Lock
from yi_local.hub.transfer.loop import fetch
from yi_local.hub.transfer.place import Shelf
from yi_local.hub.transfer.progress import Progress


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """Of one file of the model, and of all of them together."""

    file: RemoteFile
    progress: Progress  # of this file
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Fetched:
    paths: tuple[Path, ...]  # in the order of the shards; the first is what is loaded


def fetch_model(
    sources: Sources,
    listing: Listing,
    group: ModelGroup,
    cancel: Callable[[], bool],
    *,
    max_http_bytes: int = MAX_HTTP_BYTES,
) -> Iterator[FetchProgress | Fetched]:
    """The last one is Fetched. May be stopped anywhere; the next time it goes on from there."""
    hub = sources.hub(listing.source)
    shelf = Shelf(sources.cache(listing.source), listing.repo_id, listing.pin)
    before = 0
    paths = []
    for file in group.files:
        wanted = _download(hub, shelf, listing, file)
        if isinstance(hub, HuggingFace) and file.size_bytes > max_http_bytes:
            arguments = hub.for_library(listing.repo_id, listing.pin, file.path, shelf.cache)
            events = fetch_by_library(wanted, arguments, cancel)
        else:
            events = fetch(wanted, sources.web, cancel)
        for progress in events:
            done = before + progress.done_bytes
            yield FetchProgress(file, progress, done, group.size_bytes)
        paths.append(shelf.place(file.path, wanted.sha256, revision=listing.revision))
        before += file.size_bytes
    yield Fetched(tuple(paths))


def here_bytes(sources: Sources, listing: Listing, group: ModelGroup) -> int:
    """How much of it came so far."""
    return sum(
        wanted.size_bytes if wanted.is_here() else min(_size(wanted.partial), wanted.size_bytes)
        for wanted in _downloads(sources, listing, group)
    )


def discard_partial(sources: Sources, listing: Listing, group: ModelGroup) -> None:
    """Deletes what came of files that are not whole, but for one that another program fetches."""
    for wanted in _downloads(sources, listing, group):
        lock = Lock(wanted.lock)
        if wanted.partial.exists() and lock.take(0):
            try:
                wanted.partial.unlink(missing_ok=True)
            finally:
                lock.release()
            for folder in (wanted.blob.parent, wanted.blob.parent.parent):
                with suppress(OSError):
                    folder.rmdir()  # only if it is empty


def folder_for(sources: Sources, listing: Listing) -> Path:
    """Where the files of a repository are put."""
    return Shelf(sources.cache(listing.source), listing.repo_id, listing.pin).folder


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _downloads(sources: Sources, listing: Listing, group: ModelGroup) -> list[Download]:
    shelf = Shelf(sources.cache(listing.source), listing.repo_id, listing.pin)
    hub = sources.hub(listing.source)
    return [_download(hub, shelf, listing, file) for file in group.files]


def _download(hub: RemoteHub, shelf: Shelf, listing: Listing, file: RemoteFile) -> Download:
    addresses = _addresses(hub, listing, file)
    if isinstance(hub, HuggingFace):
        return shelf.download(file, addresses, hub.refused(listing.repo_id, file.path))
    return shelf.download(file, addresses)


def _addresses(hub: RemoteHub, listing: Listing, file: RemoteFile) -> Callable[[], Address]:
    counted = COUNTED if listing.source == "huggingface" else {}

    def address() -> Address:
        found = hub.address(listing.repo_id, listing.pin, file.path)
        return Address(found.url, {**found.headers, **counted})

    return address

"""Whether a model that is here has changed where it came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from yi_local.assistant.models.sources import Sources
from yi_local.errors import YiLocalError
from yi_local.hub.library.library import LibraryEntry
from yi_local.hub.repo import Listing, Source
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import tr

State = Literal["current", "changed", "gone", "unknown"]


@dataclass(frozen=True, slots=True)
class Freshness:
    entry: LibraryEntry
    repo_id: str
    state: State
    why: str = ""  # for "unknown": why nobody can tell


def freshness(sources: Sources, entries: Sequence[LibraryEntry]) -> Iterator[Freshness]:
    """Of those that came from a repository; each repository is asked once, nothing is fetched."""
    listings: dict[tuple[Source, str], Listing | YiLocalError] = {}
    for entry in entries:
        place = next((place for place in entry.places if place.repo_id), None)
        if place is None or place.repo_id is None:
            continue
        key = (place.origin.source or "huggingface", place.repo_id)
        if key not in listings:
            listings[key] = _listed(sources, *key)
        yield _compared(entry, place, place.repo_id, listings[key])


def _listed(sources: Sources, source: Source, repo_id: str) -> Listing | YiLocalError:
    try:
        return sources.hub(source).list_repo(repo_id)
    except YiLocalError as error:
        return error


def _compared(
    entry: LibraryEntry, place: StoredModel, repo_id: str, listing: Listing | YiLocalError
) -> Freshness:
    if isinstance(listing, YiLocalError):
        return Freshness(entry, repo_id, "unknown", listing.message)
    files = {file.path: file for group in listing.groups for file in group.files}
    remote = files.get(place.filename)
    if remote is None:
        return Freshness(
            entry, repo_id, "gone", tr("{filename} is not there any more.", filename=place.filename)
        )
    here = entry.sha256s[0]
    if here is None or remote.sha256 is None:
        same_size = place.files[0].size_bytes == remote.size_bytes
        if not same_size:
            return Freshness(entry, repo_id, "changed")
        return Freshness(entry, repo_id, "unknown", tr("Its sha256 is not known here: yi verify."))
    return Freshness(entry, repo_id, "current" if here == remote.sha256 else "changed")

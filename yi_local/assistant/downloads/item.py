"""One model that is to be fetched, and how it is kept until the app is opened again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from yi_local.hub.repo import Listing, ModelGroup, RemoteFile

State = Literal["queued", "transferring", "verifying", "paused", "done", "failed"]
UNDER_WAY: tuple[State, ...] = ("queued", "transferring", "verifying")


@dataclass(frozen=True, slots=True)
class Item:
    key: str
    listing: Listing  # with the one model alone: all that is needed to go on without asking
    state: State = "queued"
    done_bytes: int = 0
    bytes_per_s: float | None = None
    left_s: float | None = None  # None: nobody can tell yet
    detail: str = ""  # in words: what it waits for, why it failed
    hint: str = ""
    path: Path | None = None  # of what is loaded, when it is here
    then_chat: bool = False

    @property
    def group(self) -> ModelGroup:
        return self.listing.groups[0]

    @property
    def name(self) -> str:
        """As it can be asked for."""
        return f"{self.listing.repo_id}:{self.group.quant or self.group.name}"

    @property
    def total_bytes(self) -> int:
        return self.group.size_bytes

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    def is_same(self, other: "Item") -> bool:
        """Whether both are the same model of the same repository, at whatever commit."""
        return _identity(self) == _identity(other)


def kept(item: Item) -> dict[str, Any]:
    """As JSON; speeds are of the moment and are not kept."""
    listing, group = item.listing, item.group
    return {
        "key": item.key,
        "state": item.state,
        "detail": item.detail,
        "hint": item.hint,
        "then_chat": item.then_chat,
        "source": listing.source,
        "repo_id": listing.repo_id,
        "revision": listing.revision,
        "commit": listing.commit,
        "gated": listing.gated,
        "quant": group.quant,
        "files": [asdict(file) for file in group.files],
    }


def read_item(value: Mapping[str, Any]) -> Item:
    """Raises KeyError, TypeError or ValueError for what another version has written."""
    files = tuple(RemoteFile(**file) for file in value["files"])
    if not files or value["state"] not in get_args(State):
        raise ValueError("no download")
    listing = Listing(
        source="modelscope" if value["source"] == "modelscope" else "huggingface",
        repo_id=str(value["repo_id"]),
        revision=str(value["revision"]),
        commit=value["commit"],
        groups=(ModelGroup(value["quant"], files),),
        gated=value["gated"],
    )
    return Item(
        key=str(value["key"]),
        listing=listing,
        state=value["state"],
        detail=str(value["detail"]),
        hint=str(value["hint"]),
        then_chat=value["then_chat"] is True,
    )


def at_rest(item: Item) -> Item:
    """As it is found at the next start: nothing goes on unasked."""
    return replace(item, state="paused", detail="", hint="") if item.is_under_way else item


def _identity(item: Item) -> tuple[str, str, str]:
    listing = item.listing
    return listing.source, listing.repo_id.casefold(), item.group.files[0].path

"""Where a download would be put, and what is free there."""

from dataclasses import dataclass
from pathlib import Path

from yi_local.assistant.models.fetching import folder_for, here_bytes
from yi_local.assistant.models.sources import Sources
from yi_local.hub.repo import Listing, ModelGroup
from yi_local.hub.transfer.space import free_bytes


@dataclass(frozen=True, slots=True)
class Room:
    folder: Path
    needed_bytes: int  # beside what came already
    free_bytes: int | None  # None: nobody can tell

    @property
    def left_bytes(self) -> int | None:
        """Below zero where it does not fit."""
        return None if self.free_bytes is None else self.free_bytes - self.needed_bytes


def room_for(sources: Sources, listing: Listing, group: ModelGroup) -> Room:
    """Raises YiLocalError for a repository that could not be put anywhere."""
    folder = folder_for(sources, listing)
    needed = group.size_bytes - here_bytes(sources, listing, group)
    existing = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
    try:
        free = free_bytes(existing) if existing is not None else None
    except OSError:
        free = None
    return Room(folder, needed, free)

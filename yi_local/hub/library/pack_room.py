"""Whether a pack, or what is in it, fits on a disk."""

from pathlib import Path

from yi_local.errors import UsageError
from yi_local.hub.transfer.space import DiskFull, free_bytes
from yi_local.language import tr
from yi_local.text import human_bytes


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raises DiskFull, or UsageError for a folder that is none."""
    try:
        free = free_bytes(folder)
    except OSError as error:
        raise UsageError(
            tr("{folder} cannot be written to: {reason}.", folder=folder, reason=error.strerror),
            tr("Name a folder that is there."),
        ) from None
    if free < needed_bytes:
        raise DiskFull(
            tr(
                "There is no room in {folder}: {free} are free, {needed} are needed.",
                folder=folder,
                free=human_bytes(free),
                needed=human_bytes(needed_bytes),
            ),
            tr("Make room, or name a folder on another disk."),
        )

"""Whether a pack, or what is in it, fits on a disk."""

from pathlib import Path

from yi_local.errors import UsageError
from yi_local.hub.transfer.space import DiskFull, free_bytes
from yi_local.text import human_bytes


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raises DiskFull, or UsageError for a folder that is none."""
    try:
        free = free_bytes(folder)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to: {error.strerror}.", "Name a folder that is there."
        ) from None
    if free < needed_bytes:
        raise DiskFull(
            f"There is no room in {folder}: {human_bytes(free)} are free, "
            f"{human_bytes(needed_bytes)} are needed.",
            "Make room, or name a folder on another disk.",
        )

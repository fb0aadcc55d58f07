"""Whether a file still fits on the disk."""

import shutil
from pathlib import Path

from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.text import human_bytes


class DiskFull(YiLocalError):
    """What was fetched is kept."""


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def too_little(name: str, needed_bytes: int, free: int, folder: Path) -> DiskFull:
    return DiskFull(
        tr(
            "{name} needs {needed} of space, and {free} are free.",
            name=name,
            needed=human_bytes(needed_bytes),
            free=human_bytes(free),
        ),
        tr("Make room on the disk of {folder}; what is already fetched is kept.", folder=folder),
    )

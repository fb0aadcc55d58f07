"""Whether a file still fits on the disk."""

import shutil
from pathlib import Path

from yi_local.errors import YiLocalError
from yi_local.text import human_bytes


class DiskFull(YiLocalError):
    """What was fetched is kept."""


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def too_little(name: str, needed_bytes: int, free: int, folder: Path) -> DiskFull:
    return DiskFull(
        f"{name} needs {human_bytes(needed_bytes)} of space, and {human_bytes(free)} are free.",
        f"Make room on the disk of {folder}; what is already fetched is kept.",
    )

"""The folders that yi_local uses, with the room on their disks."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from yi_local import paths
from yi_local.assistant.doctor.checkup import Place
from yi_local.assistant.doctor.privacy import Privacy
from yi_local.hub.cache_folder import hugging_face_cache


def places(environ: Mapping[str, str], privacy: Privacy) -> tuple[Place, ...]:
    folders = {
        "settings": paths.config_dir(),
        "data": paths.data_dir(),
        "cache": paths.cache_dir(),
        "logs": paths.log_dir(),
        "Hugging Face": hugging_face_cache(environ),
    }
    return tuple(_place(name, folder, privacy) for name, folder in folders.items())


def _place(name: str, folder: Path, privacy: Privacy) -> Place:
    """Nothing is created: a folder that is not there is judged by the nearest one above it."""
    above = (path for path in (folder, *folder.parents) if os.path.exists(path))
    nearest = next(above, folder)
    return Place(
        name=name,
        path=privacy.conceal(str(folder)),
        exists=os.path.isdir(folder),
        writable=os.path.isdir(nearest) and os.access(nearest, os.W_OK | os.X_OK),
        free_bytes=_free_bytes(nearest),
    )


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None

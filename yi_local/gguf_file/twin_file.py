"""Twins on disk: sparse files, named by what they say."""

import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from yi_local.errors import CannotLoad
from yi_local.gguf_file.shards import open_model
from yi_local.gguf_file.twin import Twin, twin_of
from yi_local.language import tr

_NAME_DIGITS = 32  # of the sha256: enough that two twins never meet


def twin_name(twin: Twin) -> str:
    """The same for the same header, whatever its file is called: results can be kept by it."""
    return f"{sha256(twin.header).hexdigest()[:_NAME_DIGITS]}.twin"


def save_twin(twin: Twin, folder: Path) -> Path:
    """Writes it unless it is there; a few KB on disk, whatever its size says.

    Raises CannotLoad where the folder cannot be written.
    """
    path = folder / twin_name(twin)
    if path.exists():
        return path
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(twin.header)
            file.flush()
            _make_sparse(file)
            file.truncate(twin.size_bytes)
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise CannotLoad(
            tr("{folder} cannot be written: {reason}.", folder=folder, reason=error.strerror),
            tr("Make room, or check its rights."),
        ) from None
    return path


def write_twin(model: Path, folder: Path) -> Path:
    """The twin of a model on this disk."""
    with open_model(model) as opened:
        return save_twin(twin_of(opened.parts), folder)


def _make_sparse(file: BinaryIO) -> None:
    """Elsewhere a file that is made longer has a hole by itself; NTFS wants to be asked."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        set_sparse, returned = 0x000900C4, ctypes.c_ulong()  # FSCTL_SET_SPARSE (winioctl.h)
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(file.fileno()))
        ctypes.windll.kernel32.DeviceIoControl(
            handle, set_sparse, None, 0, None, 0, ctypes.byref(returned), None
        )

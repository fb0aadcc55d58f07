"""A local model file: opened, or refused with the reason a person can act on."""

import mmap
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Self

from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.gguf_file.header import MAGIC

_LFS = b"version https://git-lfs.github.com/spec/"
_LISTED = 8  # file names in a hint
_OTHER_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"lmgg", "an old GGML file"),
    (b"fmgg", "an old GGMF file"),
    (b"tjgg", "an old GGJT file"),
    (b"PK\x03\x04", "a zip archive or a PyTorch checkpoint"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"%PDF", "a PDF"),
)


class LocalFile:
    """The file in memory-mapped form; close it, or use it in a `with`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.size = len(self._map)

    def head(self, length: int) -> mmap.mmap:
        """The whole file: pages that nobody looks at are never read."""
        return self._map

    def close(self) -> None:
        self._map.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()


def open_model_file(path: Path) -> LocalFile:
    """Raises ModelNotFound or CannotLoad, with what the path is instead of a GGUF."""
    try:
        if path.is_dir():
            raise _directory(path)
        with path.open("rb") as file:
            start = file.read(1024)
        if start[:4] == MAGIC and len(start) >= 8:
            return LocalFile(path)
    except FileNotFoundError:
        raise _missing(path) from None
    except PermissionError:
        raise CannotLoad(
            f"{path} may not be read by you.", "Change its permissions: chmod u+r FILE"
        ) from None
    except OSError as error:
        raise CannotLoad(f"{path} cannot be read: {error.strerror}.", "Check the disk.") from None
    raise _other(path, start)


def _directory(path: Path) -> ModelNotFound:
    names = sorted(child.name for child in path.glob("*.gguf"))
    if not names:
        return ModelNotFound(
            f"{path} is a directory without a .gguf file.", "Name the model file itself."
        )
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ModelNotFound(
        f"{path} is a directory.", f"Name one of its files: {', '.join(names[:_LISTED])}{more}"
    )


def _missing(path: Path) -> ModelNotFound:
    parent = path.parent
    names = [child.name for child in parent.glob("*.gguf")] if parent.is_dir() else []
    close = get_close_matches(path.name, names, n=1, cutoff=0.5)
    hint = f"Did you mean {parent / close[0]}?" if close else "Check the path, or try: demo"
    return ModelNotFound(f"There is no file {path}.", hint)


def _other(path: Path, start: bytes) -> CannotLoad:
    if not start:
        return CannotLoad(f"{path} is empty.", "Download it again.")
    if start.startswith(_LFS):
        return CannotLoad(
            f"{path} is a Git-LFS pointer{_pointer_size(start)}, not the model itself.",
            f"In its repository, run: git lfs pull --include {path.name}",
        )
    text = start.lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")) or b"<head>" in text:
        return CannotLoad(
            f"{path} is a web page saved under a model's name.",
            "Download the file itself: on the Hub, the address with /resolve/ in it.",
        )
    kind = next((name for magic, name in _OTHER_FORMATS if start.startswith(magic)), None)
    if kind is None and start[8:9] == b"{" and start[4:8] == b"\0\0\0\0":
        kind = "a safetensors file"
    return CannotLoad(
        f"{path} is {kind}, not a GGUF." if kind else f"{path} is not a GGUF file.",
        "Look for a GGUF version of the same model.",
    )


def _pointer_size(start: bytes) -> str:
    for line in start.splitlines():
        name, _, value = line.partition(b" ")
        if name == b"size" and value.isdigit():
            return f" for {int(value) / 1e9:.2f} GB"
    return ""

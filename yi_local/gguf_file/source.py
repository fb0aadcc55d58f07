"""The first bytes of a model file, from wherever it is, in growing ranges."""

import stat
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.gguf_file.foreign import MAGIC, SNIFFED, refusal
from yi_local.language import tr

FIRST_RANGE = 1 << 20  # bytes; with the vocabulary, headers have 1 to 16 MB

_LISTED = 8  # file names in a hint

Fetch = Callable[[int, int], bytes]  # offset, length -> bytes; fewer only where the file ends


class Source:
    """Keeps what was fetched, so that nothing is fetched twice.

    Plain reads, no memory map: in a mapped file that is cut while it is read, the next look at the
    lost part ends the process.
    """

    def __init__(self, fetch: Fetch, size: int | None = None) -> None:
        """`size`: bytes of the whole file, where known."""
        self.size = size
        self._fetch = fetch
        self._head = bytearray()
        self._ended = False

    def head(self, length: int) -> bytearray:
        """The first `length` bytes or more, fewer only where the file ends; not to be changed.

        Each fetch at least doubles what is there, so that a header takes few of them.
        """
        while len(self._head) < length and not self._ended:
            have = len(self._head)
            wanted = max(length, 2 * have, FIRST_RANGE)
            if self.size is not None:
                wanted = min(wanted, self.size)
            if wanted > have:
                self._head += self._fetch(have, wanted - have)[: wanted - have]
            self._ended = len(self._head) == have
        return self._head


def from_file(file: BinaryIO) -> Source:
    """An open, seekable file; it stays the caller's to close."""
    return Source(_fetch_from(file), file.seek(0, 2))


class LocalFile(Source):
    """An open model file; close it, or use it in a `with`."""

    size: int

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb")
        super().__init__(_fetch_from(self._file), self._file.seek(0, 2))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()


def open_model_file(path: Path) -> LocalFile:
    """Raises ModelNotFound or CannotLoad, with what the path is instead of a GGUF."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _directory(path)
        if not stat.S_ISREG(mode):
            raise CannotLoad(
                tr("{path} is a pipe or a device, not a file.", path=path),
                tr("Save the model to a file first."),
            )
        file = LocalFile(path)
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path) from None
    except PermissionError:
        raise CannotLoad(
            tr("{path} may not be read by you.", path=path),
            tr("Give yourself the right: chmod u+r FILE"),
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CannotLoad(
            tr("{path} cannot be read: {reason}.", path=path, reason=reason),
            tr("Check the path and disk."),
        ) from None
    try:
        _require_gguf(file)
    except CannotLoad:
        file.close()
        raise
    return file


def _require_gguf(file: LocalFile) -> None:
    start = bytes(file.head(SNIFFED)[:SNIFFED])
    if not start or not MAGIC.startswith(start[: len(MAGIC)]):
        raise refusal(start, str(file.path), file.path.name)


def _fetch_from(file: BinaryIO) -> Fetch:
    def fetch(offset: int, length: int) -> bytes:
        try:
            file.seek(offset)
            return file.read(length)
        except OSError as error:
            raise CannotLoad(
                tr("The file cannot be read: {reason}.", reason=error.strerror),
                tr("Check the disk it is on."),
            ) from None

    return fetch


def _directory(path: Path) -> ModelNotFound:
    names = _model_names(path)
    if not names:
        return ModelNotFound(
            tr("{path} is a folder without a .gguf file.", path=path), tr("Name a model file.")
        )
    listed = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
    return ModelNotFound(
        tr("{path} is a folder.", path=path), tr("Name a file in it: {listed}", listed=listed)
    )


def _missing(path: Path) -> ModelNotFound:
    if path.is_symlink():
        return ModelNotFound(
            tr(
                "{path} is a link to a file that is gone: {target}",
                path=path,
                target=path.readlink(),
            ),
            tr("Download the model again, or give the path of the file itself."),
        )
    near = _near(path.name, _model_names(path.parent))
    if near:
        names = tr(" or ").join(str(path.parent / name) for name in near)
        hint = tr("Did you mean {names}?", names=names)
    else:
        hint = tr("Check the path, or try the demo model: demo")
    return ModelNotFound(tr("There is no file {path}.", path=path), hint)


def _near(wanted: str, names: list[str]) -> list[str]:
    """At most three: the names that contain what was typed, else those spelled alike."""
    typed = wanted.lower().removesuffix(".gguf")
    containing = [name for name in names if typed and typed in name.lower()]
    if containing:
        return containing[:3]
    by_lower = {name.lower(): name for name in names}
    return [by_lower[name] for name in get_close_matches(wanted.lower(), by_lower, 3, 0.6)]


def _model_names(folder: Path) -> list[str]:
    """The .gguf files in a folder, sorted; none where it cannot be listed."""
    try:
        return sorted(child.name for child in folder.iterdir() if child.suffix.lower() == ".gguf")
    except OSError:
        return []

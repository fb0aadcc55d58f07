"""Text files that are to go with a question."""

import codecs
import os
from pathlib import Path

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.store.records import Attachment
from yi_local.text import human_bytes

MAX_BYTES = 4_000_000  # far more than any context holds
_MARKS = (  # what a text may begin with, to say how it is encoded
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_document(typed: str) -> Attachment:
    """From a thread: the file may lie on a slow disk. Raises UsageError, in words."""
    path = Path(os.path.expanduser(typed.strip()))
    try:
        if path.is_dir():
            raise UsageError(tr("{path} is a folder.", path=path), tr("Name a file in it."))
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UsageError(
                tr("{name} is too large: {size}.", name=path.name, size=human_bytes(size)),
                tr("At most {size} can be attached.", size=human_bytes(MAX_BYTES)),
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = error.strerror if isinstance(error, OSError) else tr("no such file")
        raise UsageError(
            tr("{path} cannot be read: {reason}.", path=path, reason=reason), tr("Check the path.")
        ) from None
    return Attachment(path.name, _decoded(data, path))


def _decoded(data: bytes, path: Path) -> str:
    """UTF-8 or UTF-16 with a mark, UTF-8, else GB18030, the encoding of Chinese Windows."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            encodings: tuple[str, ...] = (encoding,)
            data = data.removeprefix(mark)
            break
    else:
        encodings = ("utf-8", "gb18030") if b"\0" not in data else ()
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(
        tr("{name} is not a text file.", name=path.name),
        tr("Only text can be attached: save it as UTF-8 text first."),
    )


def completions(typed: str, most: int = 50) -> list[str]:
    """Paths that begin so, folders with a slash at their ends; hidden ones only when asked for."""
    folder, beginning = os.path.split(typed)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            found = [
                entry.name + (os.sep if entry.is_dir() else "")
                for entry in entries
                if entry.name.casefold().startswith(beginning.casefold())
                and (beginning.startswith(".") or not entry.name.startswith("."))
            ]
    except (OSError, ValueError):
        return []
    return [os.path.join(folder, name) for name in sorted(found, key=str.casefold)[:most]]


def common_beginning(typed: str, found: list[str]) -> str:
    """As far as all of them go on in the same way."""
    length = len(typed)
    while len({path[: length + 1] for path in found}) == 1 and length < min(map(len, found)):
        length += 1
    return found[0][:length] if found else typed

"""Which names of files in a repository may become files here, on any system."""

import re

from yi_local.language import tr
from yi_local.text import clean

_MAX_PATH_BYTES = 1024  # ext4 takes 4096, Windows about 260 unless told otherwise
_MAX_NAME_BYTES = 255  # of ext4, APFS and NTFS
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # of Windows


def why_unsafe(path: str) -> str | None:
    """A sentence; None for a path that stays inside the folder it is written to."""
    try:
        length = len(path.encode())
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold
        return tr("Its name is not text.")
    if not path or length > _MAX_PATH_BYTES:
        return tr("Its name is empty.") if not path else tr("Its name is too long.")
    if clean(path) != path or any(character in path for character in "\n\t\u2028\u2029"):
        return tr("Its name has control characters.")
    if "\\" in path or ":" in path:
        return tr("Its name has a character that leads elsewhere on Windows.")
    for part in path.split("/"):
        if not part.strip(". "):  # "", ".", ".."; Windows drops dots and spaces at the end
            return tr("Its name leads out of its folder.")
        if len(part.encode()) > _MAX_NAME_BYTES:
            return tr("Its name is too long.")
        if _DEVICE.fullmatch(part):
            return tr("Its name is that of a device on Windows.")
    return None

"""The system's own small files, of which what cannot be read is None."""

import os


class Files:
    """Paths begin with "/"; `root` is put before them."""

    def __init__(self, root: str = "") -> None:
        self._root = root

    def text(self, path: str) -> str | None:
        try:
            with open(self._root + path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return None

    def names(self, folder: str) -> tuple[str, ...]:
        """What is in a folder, in order."""
        try:
            return tuple(sorted(os.listdir(self._root + folder)))
        except OSError:
            return ()

    def exists(self, path: str) -> bool:
        return os.path.exists(self._root + path)

    def link_target(self, path: str) -> str | None:
        """The last name of where a link leads."""
        try:
            return os.path.basename(os.readlink(self._root + path))
        except OSError:
            return None

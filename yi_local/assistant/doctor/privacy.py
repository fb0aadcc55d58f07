"""What a text for others must not tell of the person: home folder, user name."""

import re
from collections.abc import Iterable

_NOBODY = frozenset(("", "root"))  # names that say nothing


class Privacy:
    """Pure: whoever makes it knows the homes and the names."""

    def __init__(self, homes: Iterable[str], names: Iterable[str]) -> None:
        kept = {home.rstrip("/\\") for home in homes} - {""}
        self._homes = sorted(kept, key=len, reverse=True)
        self._names = sorted(set(names) - _NOBODY, key=len, reverse=True)

    def conceal(self, text: str) -> str:
        """Homes become ~; names, where they are a folder's or a file's, become <user>."""
        for home in self._homes:
            text = re.sub(rf"(?<![\w.~-]){re.escape(home)}(?![\w.-])", "~", text, flags=re.I)
        for name in self._names:
            text = re.sub(rf"(?<=[/\\]){re.escape(name)}(?![\w.-])", "<user>", text, flags=re.I)
        return text

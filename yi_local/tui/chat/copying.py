"""A text for the clipboard, through the terminal; into a file where that cannot be."""

import os
from collections.abc import Mapping
from pathlib import Path

from textual.app import App

from yi_local import paths
from yi_local.errors import YiLocalError
from yi_local.language import tr, trn

_MOST_BYTES = 75_000  # what terminals take by OSC 52: xterm's limit is the smallest of the common
_WITHOUT = frozenset({"Apple_Terminal"})  # TERM_PROGRAM of those that ignore OSC 52
_FILE = "copied.txt"


def copy(app: App[object], text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Returns a sentence that says where it is now. Raises YiLocalError."""
    if not by_terminal(text, environ):
        path = _written(text)
        return tr("This terminal cannot take it: the text is in {path}", path=path)
    app.copy_to_clipboard(text)
    return trn("Copied {n} character.", "Copied {n} characters.", len(text))


def by_terminal(text: str, environ: Mapping[str, str]) -> bool:
    """Whether the terminal is known to fail, or the text is too long for many."""
    is_short = len(text.encode("utf-8", "replace")) <= _MOST_BYTES
    return is_short and environ.get("TERM_PROGRAM") not in _WITHOUT


def _written(text: str) -> Path:
    path = paths.cache_dir() / _FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
        path.chmod(0o600)
    except OSError as error:
        raise YiLocalError(
            tr("{path} cannot be written: {reason}.", path=path, reason=error.strerror)
        ) from None
    return path

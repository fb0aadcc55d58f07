"""The token for the Hugging Face Hub, from the places where people keep it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_NAMES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_TRUE = frozenset(("1", "ON", "YES", "TRUE"))  # huggingface_hub, constants.py


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    origin: str  # "HF_TOKEN", or the file's path


def find_token(environ: Mapping[str, str]) -> Token | None:
    """By the rules of huggingface_hub (utils/_auth.py, constants.py): environment, then file.

    What "hf auth login" stored is read as it is; it is not renewed where it has an end.
    """
    if environ.get("HF_HUB_DISABLE_IMPLICIT_TOKEN", "").upper() in _TRUE:
        return None
    for name in _NAMES:
        value = _cleaned(environ.get(name, ""))
        if value:
            return Token(value, name)
    path = token_file(environ)
    try:
        value = _cleaned(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return Token(value, str(path)) if value else None


def token_file(environ: Mapping[str, str]) -> Path:
    path = environ.get("HF_TOKEN_PATH")
    if not path:
        caches = environ.get("XDG_CACHE_HOME") or "~/.cache"
        home = environ.get("HF_HOME") or os.path.join(caches, "huggingface")
        path = os.path.join(home, "token")
    return Path(os.path.expandvars(os.path.expanduser(path)))


def _cleaned(text: str) -> str:
    """In one piece, in ASCII: what is none cannot stand in a header."""
    value = "".join(text.split())
    return value if value.isascii() and value.isprintable() else ""

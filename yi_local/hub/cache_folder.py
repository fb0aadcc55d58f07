"""Where the Hugging Face cache is."""

import os
from collections.abc import Mapping
from pathlib import Path


def hugging_face_cache(environ: Mapping[str, str]) -> Path:
    """By the rules of huggingface_hub (constants.py), which other programs follow too."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environ.get(name):
            return _expanded(environ[name])
    if environ.get("HF_HOME"):
        return _expanded(environ["HF_HOME"]) / "hub"
    caches = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return _expanded(caches) / "huggingface" / "hub"


def _expanded(path: str) -> Path:
    return Path(os.path.expandvars(os.path.expanduser(path)))

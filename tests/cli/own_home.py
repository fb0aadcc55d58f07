"""A person's home of its own, so that the models of whoever runs the tests are never seen."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

SERVICE_FOLDERS = (  # of Ollama, where no variable leads elsewhere
    "/usr/share/ollama/.ollama/models",
    "/var/lib/ollama/models",
    "/var/lib/ollama",
    "/var/snap/ollama/common/models",
)
_ELSEWHERE = (
    "HF_HOME",
    "HUGGINGFACE_HUB_CACHE",
    "LLAMA_CACHE",
    "MODELSCOPE_CACHE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)

without_service = pytest.mark.skipif(
    any(map(os.path.exists, SERVICE_FOLDERS)), reason="an Ollama service has models here"
)


def own_home(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    home = folder / "person"
    home.mkdir()
    kept = {name: value for name, value in environ.items() if name not in _ELSEWHERE}
    return kept | {
        "HOME": str(home),
        "HF_HUB_CACHE": str(hugging_face(folder)),
        "OLLAMA_MODELS": str(ollama(folder)),
        "HF_HUB_OFFLINE": "1",
        "COLUMNS": "80",
    }


def hugging_face(folder: Path) -> Path:
    return folder / "hf"


def ollama(folder: Path) -> Path:
    return folder / "ollama"


def settings(folder: Path) -> Path:
    return folder / "home" / "config" / "settings.toml"

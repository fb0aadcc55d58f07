"""The Models part with a stand-in Hub, in a home where nothing else is."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stand_in_hub.hub import StandInHub
from tests.tiny_gguf import write_tiny
from yi_local.settings import Settings, write_settings
from yi_local.tui.services import Services

REPO = "maker/Yi-Tiny-GGUF"
KNOWN_REPO = "second-state/Yi-1.5-6B-Chat-GGUF"  # of yi-1.5-6b-chat in the catalogue
QUANTS = {"Q4_K_M": 15, "Q6_K": 18, "Q8_0": 7}
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    for name in (*_PROXIES, *map(str.upper, _PROXIES), "HF_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    with StandInHub() as stand_in:
        stand_in.add_repo(REPO, models(tmp_path, "yi-tiny"), downloads=4_321)
        stand_in.add_repo(KNOWN_REPO, models(tmp_path, "Yi-1.5-6B-Chat"))
        monkeypatch.setenv("HF_ENDPOINT", stand_in.endpoint)
        monkeypatch.setenv("MODELSCOPE_DOMAIN", stand_in.modelscope_endpoint)
        yield stand_in


def models(folder: Path, name: str) -> dict[str, bytes]:
    found = {}
    for quant, file_type in QUANTS.items():
        metadata = {"general.file_type": file_type, "general.license": "mit"}
        path = write_tiny(folder / f"{name}.{quant}.gguf", metadata=metadata)
        found[path.name] = path.read_bytes()
        path.unlink()
    return found


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "LLAMA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        "yi_local.assistant.models.library._demo", lambda: None
    )  # the same everywhere


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's folder of models, which the settings name."""
    path = tmp_path / "mine"
    path.mkdir()
    write_settings(Settings(model_folders=(path,)))
    return path


@pytest.fixture
def online(services_with: Callable[..., Services], hub: StandInHub) -> Services:
    services = services_with()
    services.offline = False
    return services

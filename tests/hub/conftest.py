"""The stand-in Hub, and an environment without the proxies and tokens of whoever runs the tests."""

import os
from collections.abc import Iterator

import pytest

from tests.stand_in_hub.hub import StandInHub

# huggingface_hub reads it when it is imported, and otherwise asks the live Hub about agents.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE")


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*_PROXIES, *map(str.upper, _PROXIES), *_TOKENS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub(clean_environment: None) -> Iterator[StandInHub]:
    with StandInHub() as stand_in:
        yield stand_in

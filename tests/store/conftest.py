"""A store in a folder of its own, and one in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from yi_local.store.conversations import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened

"""A store in memory, a tiny model file, and models over the fake engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.talking import command, open_model_for, session_of
from tests.tiny_gguf import write_smallest
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.talk.session import Session
from yi_local.engine.client import Engine
from yi_local.store.conversations import Store

ModelWith = Callable[..., OpenModel]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_smallest(tmp_path / "tiny.gguf")


@pytest.fixture
def model_with(tmp_path: Path, path: Path) -> Iterator[ModelWith]:
    """A model whose fake engine was started with these flags."""
    engines: list[Engine] = []

    def build(*flags: str, name: str = "tiny") -> OpenModel:
        engines.append(Engine(log_dir=tmp_path / "logs", command=command(*flags)))
        return open_model_for(engines[-1], path, name)

    yield build
    for engine in engines:
        engine.close()


@pytest.fixture
def model(model_with: ModelWith) -> OpenModel:
    return model_with()


@pytest.fixture
def session(store: Store, model: OpenModel) -> Session:
    return session_of(store, model)

"""The real server on loopback, over fake engines."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.live import Live
from tests.tiny_gguf import write_smallest


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the models tiny and other."""
    (tmp_path / "models").mkdir()
    write_smallest(tmp_path / "models" / "tiny.gguf")
    write_smallest(tmp_path / "models" / "other.gguf", n_ctx_train=16384)
    return tmp_path / "models"


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Live]]:
    """Starts one with the model tiny; see Live for what can be chosen."""
    started: list[Live] = []

    def start(*flags: str, **chosen: object) -> Live:
        started.append(Live(folder, flags, **chosen))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for live in started:
        live.close()


@pytest.fixture
def live(serve: Callable[..., Live]) -> Live:
    return serve()

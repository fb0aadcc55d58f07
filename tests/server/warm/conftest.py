"""A program that holds the model tiny."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.holding import holding
from tests.server.live import Live
from tests.tiny_gguf import write_smallest
from yi_local.assistant.warm.programs import Program

Held = tuple[Live, Program]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Callable[..., Held]]:
    (tmp_path / "models").mkdir()
    write_smallest(tmp_path / "models" / "tiny.gguf")
    with ExitStack() as stack:
        yield lambda *flags, **chosen: stack.enter_context(
            holding(tmp_path / "models", flags, **chosen)
        )


@pytest.fixture
def held(hold: Callable[..., Held]) -> Held:
    return hold()

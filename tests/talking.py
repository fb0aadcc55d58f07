"""Sessions over a fake engine and a store in memory, for tests of conversations."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.planning import MACHINE, loader_for
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.models.recognition import Recognised
from yi_local.assistant.talk.session import Kept, Session
from yi_local.engine.client import Engine
from yi_local.store.conversations import Store
from yi_local.store.records import Node
from yi_local.types import TextDelta

WORKER = Path(__file__).parent / "fake_worker.py"


def command(*flags: str) -> list[str]:
    return [sys.executable, str(WORKER), *flags]


def open_model_for(engine: Engine, path: Path, name: str = "tiny") -> OpenModel:
    return OpenModel(name, path, Recognised(), loader_for(engine, path), MACHINE)


def session_of(store: Store, model: OpenModel, **fields: Any) -> Session:
    return Session(store, store.create(**fields), model)


def text_of(events: Iterable[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def kept_of(events: Iterable[object]) -> Node:
    *_, last = events
    assert isinstance(last, Kept)
    return last.node


def said(session: Session) -> list[tuple[str, str]]:
    """Role and text of every message on the path."""
    return [(node.message.role, node.message.content) for node in session.path()]

"""A model's vocabulary and template alone: there within a moment, whatever the weights weigh."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from yi_local import paths
from yi_local.assistant.models.recognition import recognise
from yi_local.catalogue.read import read_catalogue
from yi_local.engine.client import Engine
from yi_local.gguf_file import open_model
from yi_local.types import LoadOptions


@contextmanager
def open_vocabulary(path: Path, *, engine_command: Sequence[str] | None = None) -> Iterator[Engine]:
    """An engine that can `render` and `tokenize`, nothing else; exactly as it would to answer.

    Raises ModelNotFound or CannotLoad.
    """
    with open_model(path):  # there, and whole
        pass
    overrides = recognise(path, read_catalogue()).kv_overrides
    options = LoadOptions(str(path), vocab_only=True, kv_overrides=overrides)
    with Engine(log_dir=paths.log_dir(), command=engine_command) as engine:
        for _ in engine.load(options):
            pass
        yield engine

"""From a model's file to an engine that has it loaded."""

from collections.abc import Iterator
from pathlib import Path

from yi_local.engine.client import Engine
from yi_local.errors import CannotLoad, EngineDied
from yi_local.gguf_file import open_model_file, read_header
from yi_local.gguf_file.header import check_complete
from yi_local.types import LoadOptions, LoadProgress


def load(engine: Engine, options: LoadOptions) -> Iterator[LoadProgress]:
    """Exhausted means loaded; closed early means given up.

    The file is judged before a process is started, so that bad input fails at once. Raises
    ModelNotFound or CannotLoad; an engine that dies while loading is a model that cannot be loaded.
    """
    with open_model_file(Path(options.path)) as file:
        check_complete(read_header(file), file.size)
    try:
        yield from engine.load(options)
    except EngineDied as error:
        raise CannotLoad(f"The model could not be loaded. {error.message}", error.hint) from error

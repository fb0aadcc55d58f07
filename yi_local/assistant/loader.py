"""From a model's file to an engine that has it loaded."""

from collections.abc import Iterator
from pathlib import Path

from yi_local.engine.client import Engine
from yi_local.errors import CannotLoad
from yi_local.gguf_file import open_model_file, read_header
from yi_local.text import human_bytes
from yi_local.types import LoadOptions, LoadProgress


def load(engine: Engine, options: LoadOptions) -> Iterator[LoadProgress]:
    """Exhausted means loaded; closed early means given up.

    The file is judged before a process is started, so that bad input fails at once. Raises
    ModelNotFound, CannotLoad, EngineDied.
    """
    _check_file(Path(options.path))
    yield from engine.load(options)


def _check_file(path: Path) -> None:
    with open_model_file(path) as file:
        header = read_header(file)
        if header.data_end > file.size:
            raise CannotLoad(
                f"{path} is cut short: {human_bytes(file.size)} of "
                f"{human_bytes(header.data_end)} are here.",
                "Finish its download, or download it again.",
            )

"""A model's files on disk: one, or all shards of one."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from yi_local.gguf_file.filename import shard_of
from yi_local.gguf_file.header import GgufHeader, check_complete, read_header
from yi_local.gguf_file.source import LocalFile, open_model_file


@dataclass(frozen=True, slots=True)
class LocalModel:
    """Its files in order, open, with what their headers say."""

    files: tuple[LocalFile, ...]
    headers: tuple[GgufHeader, ...]

    @property
    def parts(self) -> Sequence[tuple[LocalFile, GgufHeader]]:
        return tuple(zip(self.files, self.headers, strict=True))

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files)


def paths_of(path: Path) -> tuple[Path, ...]:
    """All shards of the model that this file is the first of; else the path alone."""
    shard = shard_of(path.name)
    if shard is None or shard.number != 1:
        return (path,)
    return tuple(path.with_name(name) for name in shard.siblings)


@contextmanager
def open_model(path: Path, *, keep_arrays: Collection[str] = ()) -> Iterator[LocalModel]:
    """Opens and checks every file of a model, the long lists of the first one kept where asked.

    Raises ModelNotFound where a file is missing, CannotLoad where one is damaged or cut short.
    """
    with ExitStack() as stack:
        files: list[LocalFile] = []
        headers: list[GgufHeader] = []
        for file_path in paths_of(path):
            file = stack.enter_context(open_model_file(file_path))
            header = read_header(file, keep_arrays=() if files else keep_arrays)
            check_complete(header, file.size)
            files.append(file)
            headers.append(header)
        yield LocalModel(tuple(files), tuple(headers))

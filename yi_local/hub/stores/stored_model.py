"""A model in one of the places where programs keep models."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from yi_local.hub.repo import Source

StoreName = Literal[
    "Hugging Face",
    "llama.cpp",
    "LM Studio",
    "Jan",
    "Ollama",
    "GPT4All",
    "ModelScope",
    "yi_local",
    "folder",
]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file that has the same one is taken to be unchanged; the same disk and inode, the same."""

    size_bytes: int
    mtime_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    path: Path  # as its store has it: a link stays a link
    stamp: Stamp | None  # None: gone, or not to be looked at
    sha256: str | None = None  # as its store names it, which nobody has measured

    @property
    def size_bytes(self) -> int | None:
        return self.stamp.size_bytes if self.stamp else None


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose a model is, and where it came from; what the store does not tell is None."""

    store: StoreName
    root: Path  # the store's folder
    source: Source | None = None
    repo_id: str | None = None
    commit: str | None = None
    why_not_delete: str | None = None  # None: ours to delete


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a Git-LFS pointer stands for."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StoredModel:
    name: str  # "owner/repo:Q4_K_M", "llama3:8b", "yi-6b-chat"
    filename: str  # in its repository, with slashes; where there is none, the file's name
    files: tuple[StoredFile, ...]  # all shards in their order, also those that are missing
    origin: Origin
    quant: str | None = None  # by its file's name
    mmproj: tuple[StoredFile, ...] = ()  # vision parts beside it
    layers: tuple[tuple[str, Path], ...] = ()  # Ollama: ("template", path), ("params", path), ...
    pointer: Pointer | None = None  # the file is a Git-LFS pointer, the model is not here

    @property
    def path(self) -> Path:
        """What a loader opens: the only file, or the first shard."""
        return self.files[0].path

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(file.path for file in self.files)

    @property
    def size_bytes(self) -> int | None:
        """None where a file is missing."""
        sizes = [file.size_bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def sha256(self) -> str | None:
        """As its store names it; None for a model in several files."""
        return self.files[0].sha256 if len(self.files) == 1 else None

    @property
    def store(self) -> StoreName:
        return self.origin.store

    @property
    def repo_id(self) -> str | None:
        return self.origin.repo_id

    @property
    def commit(self) -> str | None:
        return self.origin.commit

    @property
    def may_delete(self) -> bool:
        return self.origin.why_not_delete is None

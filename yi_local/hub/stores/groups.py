"""Which files in one place are one model: its shards, with the vision part beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from yi_local.gguf_file import quant_in_name, shard_of

MAX_SHARDS = 1000  # the largest models have under 200; a name may say 99,999


@dataclass(frozen=True, slots=True)
class FileGroup:
    paths: tuple[Path, ...]  # in their order, also those that are missing
    mmproj: tuple[Path, ...]

    @property
    def stem(self) -> str:
        """The file's name without its ending and without the shard's number."""
        name = self.paths[0].name
        shard = shard_of(name)
        return shard.prefix if shard else name[:-5] if is_gguf(name) else name

    @property
    def quant(self) -> str | None:
        return quant_in_name(self.paths[0].name)


def is_gguf(name: str) -> bool:
    return name.lower().endswith(".gguf")


def is_model(name: str) -> bool:
    """A GGUF, and by its name neither a vision part nor an importance matrix.

    A model that was made with such a matrix may say so, beside its quant.
    """
    lower = name.lower()
    is_matrix = "imatrix" in lower and (lower.startswith("imatrix") or not quant_in_name(name))
    return is_gguf(name) and not _is_mmproj(name) and not is_matrix


def grouped(paths: Iterable[Path], *, quants_in_folders: bool = False) -> tuple[FileGroup, ...]:
    """In the order in which the first file of each comes.

    `quants_in_folders`: the paths are one repository's, where vision parts may lie above.
    """
    found = [path for path in paths if is_gguf(path.name)]
    vision = [path for path in found if _is_mmproj(path.name)]
    models: dict[tuple[Path, ...], None] = {}
    for path in found:
        if is_model(path.name):
            shard = shard_of(path.name)
            is_one_of_many = shard is not None and shard.count <= MAX_SHARDS
            names = shard.siblings if shard and is_one_of_many else (path.name,)
            models[tuple(path.with_name(name) for name in names)] = None
    levels = 2 if quants_in_folders else 1
    return tuple(FileGroup(files, _beside(files[0], vision, levels)) for files in models)


def _is_mmproj(name: str) -> bool:
    return "mmproj" in name.lower()


def _beside(model: Path, vision: list[Path], levels: int) -> tuple[Path, ...]:
    for folder in model.parents[:levels]:
        if here := tuple(path for path in vision if path.parent == folder):
            return here
    return ()

"""Which files of a repository are models, and which belong together."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from yi_local.gguf_file import quant_in_name, shard_of
from yi_local.hub.repo import LONGEST_TOLD, IncompleteGroup, LeftOut, ModelGroup, RemoteFile
from yi_local.hub.safe_path import why_unsafe
from yi_local.language import tr

MAX_FILES = 20_000  # looked at; the fullest repositories of models have a few hundred
_MAX_SIZE_BYTES = 1 << 44  # 16 TiB
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RAW_PART = re.compile(r"\.gguf[.-](?:part|split)", re.IGNORECASE)

# mmproj files: the exact ones first. F16 goes before BF16, which fewer backends can compute.
_PRECISION = {"F32": 0, "F16": 1, "BF16": 2, "Q8_0": 3}


@dataclass(frozen=True, slots=True)
class Grouping:
    groups: tuple[ModelGroup, ...]  # the smallest first
    incomplete: tuple[IncompleteGroup, ...]
    left_out: tuple[LeftOut, ...]
    cut: bool  # there were more than MAX_FILES


def group_files(files: Iterable[RemoteFile]) -> Grouping:
    """What is no GGUF is passed over in silence; a GGUF that is not offered has its reason."""
    left_out: list[LeftOut] = []
    models: list[RemoteFile] = []
    mmproj: list[RemoteFile] = []
    cut = False
    seen: dict[str, str] = {}  # path or content -> the path that came first
    for number, file in enumerate(files):
        if number == MAX_FILES:
            cut = True
            break
        reason = _why_not(file, seen)
        if reason is not None:
            left_out.append(LeftOut(file.path[:LONGEST_TOLD], reason))
        elif _is_model(file.path):
            (mmproj if "mmproj" in _filename(file.path).lower() else models).append(file)
    groups, incomplete = _models(models)
    return Grouping(_with_mmproj(groups, mmproj), incomplete, tuple(left_out), cut)


def _why_not(file: RemoteFile, seen: dict[str, str]) -> str | None:
    """Also remembers the file as seen, where it is a model."""
    unsafe = why_unsafe(file.path)
    if unsafe is not None:
        return unsafe
    if _RAW_PART.search(file.path):
        return tr("It is a raw piece of a file, which would have to be joined by hand.")
    if not _is_model(file.path):
        return None
    if not 0 < file.size_bytes <= _MAX_SIZE_BYTES:
        return tr("It cannot have {n} bytes.", n=f"{file.size_bytes:,}")
    if file.sha256 is not None and not _SHA256.fullmatch(file.sha256):
        return tr("Its sha256 is none.")
    if file.path in seen:
        return tr("It is listed twice.")
    first = seen.setdefault(file.sha256, file.path) if file.sha256 else file.path
    seen[file.path] = file.path
    # Shards of two models may be equal; then both models need their own name for it.
    if first != file.path and not (shard_of(file.path) or shard_of(first)):
        return tr("It is the same as {first}.", first=first)
    return None


def _is_model(path: str) -> bool:
    """Also an mmproj; not the statistics and vocabularies that quantizers leave behind."""
    name = _filename(path).lower()
    if not name.endswith(".gguf") or name.startswith(("imatrix", "ggml-vocab")):
        return False
    return "imatrix" not in name or quant_in_name(name) is not None


def _models(
    files: Sequence[RemoteFile],
) -> tuple[list[ModelGroup], tuple[IncompleteGroup, ...]]:
    sets: defaultdict[tuple[str, int], dict[int, RemoteFile]] = defaultdict(dict)
    groups = []
    for file in files:
        shard = shard_of(file.path)  # its prefix keeps the folder
        if shard is None:
            groups.append(ModelGroup(quant_of_path(file.path), (file,)))
        else:
            sets[shard.prefix, shard.count][shard.number] = file
    incomplete = []
    for (_, n_shards), shards in sets.items():
        ordered = tuple(shards[number] for number in sorted(shards))
        quant = quant_of_path(ordered[0].path)
        if len(ordered) == n_shards:
            groups.append(ModelGroup(quant, ordered))
        else:
            path, n_present = ordered[0].path, len(ordered)
            incomplete.append(IncompleteGroup(quant, path, n_present, n_shards))
    groups.sort(key=lambda group: (group.size_bytes, group.files[0].path))
    return groups, tuple(incomplete)


def quant_of_path(path: str) -> str | None:
    """Of the file's name, else of the nearest folder's: many repositories have Q4_K_M/ folders."""
    for part in reversed(path.split("/")):
        quant = quant_in_name(part)
        if quant is not None:
            return quant
    return None


def _with_mmproj(
    groups: Sequence[ModelGroup], mmproj: Sequence[RemoteFile]
) -> tuple[ModelGroup, ...]:
    best_first = sorted(mmproj, key=_by_precision)
    wanted: defaultdict[int, list[RemoteFile]] = defaultdict(list)
    for part in best_first:
        for number in _belongs_to(part, groups):
            wanted[number].append(part)
    return tuple(
        replace(group, mmproj=tuple(wanted[number])) for number, group in enumerate(groups)
    )


def _by_precision(file: RemoteFile) -> tuple[int, int, str]:
    quant = quant_of_path(file.path)
    return (_PRECISION.get(quant or "", len(_PRECISION)), -file.size_bytes, file.path)


def _belongs_to(mmproj: RemoteFile, groups: Sequence[ModelGroup]) -> Iterator[int]:
    """The models beside or below it, of these the ones whose name it bears; else all of them."""
    everyone = range(len(groups))
    folder = mmproj.path.rpartition("/")[0]
    near = [n for n in everyone if not folder or groups[n].files[0].path.startswith(f"{folder}/")]
    stem = _stem(_filename(mmproj.path))
    named = [n for n in near or everyone if stem and stem in _stem(groups[n].name)]
    yield from named or near or everyone


def _stem(filename: str) -> str:
    """What is left of a name without the words that every such name has, and its quant."""
    words = re.split(r"[-_. ]+", filename.lower().removesuffix(".gguf"))
    quant = (quant_in_name(filename) or "").lower().split("_")
    dull = {"mmproj", "model", "f16", "fp16", "f32", "fp32", *quant}
    return "-".join(word for word in words if word not in dull)


def _filename(path: str) -> str:
    return path.rpartition("/")[2]

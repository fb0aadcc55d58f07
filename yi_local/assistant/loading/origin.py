"""What a model's file and its engine tell of where an answer comes from."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from yi_local.assistant.loading.talk_model import Origin
from yi_local.hub.library.file_book import own_book
from yi_local.hub.stores.hub_layout import repo_of
from yi_local.hub.stores.stored_model import Stamp
from yi_local.planner.plan import Plan
from yi_local.types import Json, LoadOptions, ModelInfo

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LOAD_FIELDS = ("type_k", "type_v", "flash_attention", "n_batch", "n_ubatch", "n_seq_max")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a model's file without reading it; of the first shard of several."""

    size_bytes: int | None = None
    mtime_ns: int | None = None
    sha256: str | None = None
    repo_id: str | None = None
    revision: str | None = None


def origin_of(path: Path, plan: Plan, info: ModelInfo | None) -> Origin:
    """`info` is the engine's word; an engine that has died leaves only what it was asked for."""
    file = file_facts(path)
    return Origin(
        filename=path.name,
        size_bytes=file.size_bytes,
        mtime_ns=file.mtime_ns,
        sha256=file.sha256,
        repo_id=file.repo_id,
        revision=file.revision,
        quant=plan.file.quant,
        template_sha256=info.template_sha256 if info is not None else None,
        llama_cpp=info.llama_cpp if info is not None else None,
        load=_load(plan.options, info),
    )


def file_facts(path: Path) -> FileFacts:
    """Nothing of a file that is gone."""
    try:
        stat = path.stat()
    except OSError:
        return FileFacts()
    stamp = Stamp(stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev)
    sha256 = own_book().facts(path, stamp).sha256 or _sha256_of_link(path)
    return FileFacts(stat.st_size, stat.st_mtime_ns, sha256, *_place(path))


def _load(options: LoadOptions, info: ModelInfo | None) -> Json:
    """As the engine reports it where it does, else as it was asked for."""
    told = options if info is None else info
    asked = {name: getattr(options, name) for name in _LOAD_FIELDS}
    overrides = [list(pair) for pair in options.kv_overrides]
    return {
        "n_ctx": told.n_ctx,
        "n_gpu_layers": told.n_gpu_layers,
        "n_threads": told.n_threads,
        **asked,
        "kv_overrides": overrides,
    }


def _sha256_of_link(path: Path) -> str | None:
    """The Hub's cache links a model's name to a file that is called by its content's sha256."""
    try:
        name = re.split(r"[/\\]", os.readlink(path))[-1]
    except OSError:
        return None
    return name if _SHA256.fullmatch(name) else None


def _place(path: Path) -> tuple[str | None, str | None]:
    """Repository and revision, of a file in the Hub's cache: models--o--n/snapshots/<revision>/"""
    parts = path.parts
    for position, part in enumerate(parts[:-3]):
        if parts[position + 1] == "snapshots" and (repo_id := repo_of(part)) is not None:
            return repo_id, parts[position + 2]
    return None, None

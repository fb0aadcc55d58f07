"""The models that the program holds: which one is meant, what there is to tell of each."""

import os
from pathlib import Path

from yi_local.assistant.loading.open_model import Models, OpenModel
from yi_local.errors import ModelNotFound
from yi_local.language import tr
from yi_local.server.names import Names
from yi_local.types import Json, ModelInfo


def held_by_path(models: Models, path: str) -> tuple[OpenModel, ModelInfo]:
    """Raises ModelNotFound where this file is not loaded to be talked with."""
    for model, info in _loaded(models):
        if _is_same(model.path, path):
            return model, info
    raise _not_held()


def held_by_name(models: Models, names: Names, name: str) -> tuple[OpenModel, ModelInfo]:
    """By a name as the command line understands it. Looks at the disk; raises ModelNotFound.

    Of several files that the name may mean it is the one that was loaded by that very name.
    """
    paths = names.meant(name)
    for model, info in _loaded(models):
        is_meant = any(_is_same(model.path, str(path)) for path in paths)
        if is_meant and (len(paths) == 1 or model.name.lower() == name.strip().lower()):
            return model, info
    raise _not_held()


def told(models: Models) -> list[Json]:
    """Of every loaded model, for the person whose they are: with its path."""
    return [_told(model, info) for model, info in _loaded(models, embedding=True)]


def _told(model: OpenModel, info: ModelInfo) -> Json:
    devices = info.memory.devices if info.memory is not None else ()
    return {
        "name": model.name,
        "title": model.title,
        "path": str(model.path),
        "quant": model.plan.file.quant,
        "n_ctx": info.n_ctx,
        "n_gpu_layers": info.n_gpu_layers,
        "n_layers": info.n_layer + 1,  # as llama.cpp counts them: with the output
        "devices": [{"device": each.device, "bytes": each.total_bytes} for each in devices],
        "process_bytes": info.memory.process_bytes if info.memory is not None else None,
        "loaded_s": model.use.loaded_s,
        "answering": model.use.n_answers,
        "embedding": info.embedding,
    }


def _loaded(models: Models, *, embedding: bool = False) -> list[tuple[OpenModel, ModelInfo]]:
    """The last one used first."""
    found = [(model, model.info) for model in reversed(models.opened())]
    return [
        (model, info)
        for model, info in found
        if info is not None and (embedding or not info.embedding)
    ]


def _is_same(path: Path, other: str) -> bool:
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        return False


def _not_held() -> ModelNotFound:
    return ModelNotFound(tr("This program has not loaded that model."))

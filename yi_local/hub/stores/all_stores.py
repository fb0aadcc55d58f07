"""All models that lie on this machine, store by store."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from yi_local.hub.stores.desktop import gpt4all_models_in, jan_models_in, lm_studio_models_in
from yi_local.hub.stores.folders import (
    Surroundings,
    gpt4all_folders,
    hugging_face_folders,
    jan_data_folders,
    jan_settings_files,
    llama_cpp_folders,
    lm_studio_homes,
    modelscope_folders,
    ollama_folders,
    own_models_folder,
    own_modelscope_folder,
)
from yi_local.hub.stores.hub_layout import models_in_hub_layout
from yi_local.hub.stores.llama_cpp import llama_cpp_models
from yi_local.hub.stores.modelscope import modelscope_models_in
from yi_local.hub.stores.ollama import ollama_models
from yi_local.hub.stores.other_settings import jan_data, lm_studio_models
from yi_local.hub.stores.stored_model import Origin, StoredModel
from yi_local.hub.stores.user_folders import models_in_user_folder
from yi_local.hub.stores.walk import Found


def this_machine() -> Surroundings:
    return Surroundings(os.environ, Path.home())


def stored_models(here: Surroundings, extra_folders: Iterable[Path] = ()) -> Found:
    """What we may delete comes first, then other programs' stores, then the person's folders.

    Nothing is listed twice in one store; the same file in two stores is.
    """
    found = [*_own(here), *_of_others(here)]
    roots = {os.path.realpath(root) for root in store_roots(here)}
    for folder in dict.fromkeys(path.expanduser().absolute() for path in extra_folders):
        if not is_inside(folder, roots):
            found.append(models_in_user_folder(folder, roots))
    return Found(
        tuple(_once(model for each in found for model in each.models)),
        tuple(skip for each in found for skip in each.skipped),
    )


def store_roots(here: Surroundings) -> tuple[Path, ...]:
    """The folders of all stores, there or not."""
    return (
        *hugging_face_folders(here),
        own_modelscope_folder(),
        own_models_folder(),
        *llama_cpp_folders(here),
        *lm_studio_models(here.home, lm_studio_homes(here)),
        *jan_data(jan_data_folders(here), jan_settings_files(here)),
        *ollama_folders(here),
        *gpt4all_folders(here),
        *modelscope_folders(here),
    )


def is_inside(path: Path, real_roots: Iterable[str]) -> bool:
    """Whether a path is, or lies below, one of these folders."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(root) for root in real_roots)


def _own(here: Surroundings) -> Iterator[Found]:
    for folder in hugging_face_folders(here):
        yield models_in_hub_layout(Origin("Hugging Face", folder, "huggingface"))
    yield models_in_hub_layout(Origin("yi_local", own_modelscope_folder(), "modelscope"))
    own = (
        models_in_user_folder(own_models_folder(), ()) if own_models_folder().is_dir() else Found()
    )
    yield Found(tuple(_ours(model) for model in own.models), own.skipped)


def _ours(model: StoredModel) -> StoredModel:
    return replace(model, origin=Origin("yi_local", own_models_folder()))


def _of_others(here: Surroundings) -> Iterator[Found]:
    for folder in llama_cpp_folders(here):
        yield llama_cpp_models(folder)
    for folder in lm_studio_models(here.home, lm_studio_homes(here)):
        yield lm_studio_models_in(folder)
    for folder in jan_data(jan_data_folders(here), jan_settings_files(here)):
        yield jan_models_in(folder)
    for folder in ollama_folders(here):
        yield ollama_models(folder)
    for folder in gpt4all_folders(here):
        yield gpt4all_models_in(folder)
    for folder in modelscope_folders(here):
        yield modelscope_models_in(folder)


def _once(models: Iterable[StoredModel]) -> Iterator[StoredModel]:
    """A store can have two names, by a link or by two settings."""
    seen = set()
    for model in models:
        folder, name = os.path.split(model.path)
        key = (os.path.join(os.path.realpath(folder), name), model.name)
        if key not in seen:
            seen.add(key)
            yield model

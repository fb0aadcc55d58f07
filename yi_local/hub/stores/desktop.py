"""Reads the folders of desktop programs: LM Studio, Jan, GPT4All."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from yi_local.hub.stores.groups import FileGroup, grouped, is_gguf
from yi_local.hub.stores.hub_layout import repo_model
from yi_local.hub.stores.other_settings import read_small
from yi_local.hub.stores.stored_model import Origin, StoredModel, StoreName
from yi_local.hub.stores.walk import Found, Walk, is_there, stored_file
from yi_local.language import tr

_JAN_MODEL = "model.yml"
_JAN_BUILDER = ("llamacpp", "models")  # below its data folder; `models` alone in old versions


def lm_studio_models_in(folder: Path) -> Found:
    """`<publisher>/<repo>/<file>`, which are the Hub's names of what it downloads."""
    if not is_there(folder):
        return Found()
    origin = Origin("LM Studio", folder, why_not_delete=_keeper("LM Studio"))
    walk = Walk(folder, is_gguf)
    models = []
    for group in grouped(walk.files()):
        parts = group.paths[0].relative_to(folder).parts
        if len(parts) < 3:
            models.append(named_model(group, origin))
            continue
        known = replace(origin, source="huggingface", repo_id="/".join(parts[:2]))
        models.append(repo_model(group, folder.joinpath(*parts[:2]), known))
    return Found(tuple(models), tuple(walk.skipped))


def gpt4all_models_in(folder: Path) -> Found:
    return _plain("GPT4All", folder)


def jan_models_in(data: Path) -> Found:
    """Models have a `model.yml` each, in a folder named by their id; files may lie elsewhere."""
    models: list[StoredModel] = []
    skipped = []
    for folder in (data.joinpath(*_JAN_BUILDER), data / "models"):
        if not is_there(folder):
            continue
        origin = Origin("Jan", data, why_not_delete=_keeper("Jan"))
        walk = Walk(folder, lambda name: name == _JAN_MODEL or is_gguf(name))
        paths = list(walk.files())
        described = [path for path in paths if path.name == _JAN_MODEL]
        found = [each for path in described for each in _jan_model(path, folder, data, origin)]
        known = {path for model in found for path in model.paths}
        others = [group for group in grouped(paths) if group.paths[0] not in known]
        models += [*found, *(named_model(group, origin) for group in others)]
        skipped += walk.skipped
    return Found(tuple(models), tuple(skipped))


def named_model(group: FileGroup, origin: Origin, name: str | None = None) -> StoredModel:
    """A model of which no repository is known."""
    return StoredModel(
        name=name or group.stem,
        filename=group.paths[0].name,
        files=tuple(stored_file(path) for path in group.paths),
        origin=origin,
        quant=group.quant,
        mmproj=tuple(stored_file(path) for path in group.mmproj),
    )


def _plain(store: StoreName, folder: Path) -> Found:
    if not is_there(folder):
        return Found()
    origin = Origin(store, folder, why_not_delete=_keeper(store))
    walk = Walk(folder, is_gguf, max_depth=1)
    models = tuple(named_model(group, origin) for group in grouped(walk.files()))
    return Found(models, tuple(walk.skipped))


def _jan_model(file: Path, folder: Path, data: Path, origin: Origin) -> Iterator[StoredModel]:
    """Its paths are relative to the data folder, or absolute for files that were imported."""
    described = _yaml_texts(read_small(file) or b"")
    path = described.get("model_path")
    if not path or "\0" in path:
        return
    groups = grouped([data / path])
    vision = described.get("mmproj_path")
    mmproj = (data / vision,) if vision and "\0" not in vision else ()
    name = file.parent.relative_to(folder).as_posix()
    for group in groups:
        yield named_model(FileGroup(group.paths, mmproj), origin, name)


def _yaml_texts(text: bytes) -> dict[str, str]:
    """The top level's `key: value` lines; the rest of YAML is not needed here."""
    found = {}
    for line in text.decode("utf-8", "replace").splitlines():
        key, colon, value = line.partition(":")
        if colon and key.isidentifier():
            found[key] = value.strip().strip("'\"")
    return found


def _keeper(store: StoreName) -> str:
    return tr("{store} keeps it: delete it there.", store=store)

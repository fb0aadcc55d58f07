"""Reads the cache of ModelScope's client, which has had three layouts.

`models/<owner>--<name>/snapshots/<revision>/<file>`, before that `models/<owner>/<name>/<file>`,
first `<owner>/<name>/<file>`; a dot in a name was written as ___ . (hub.md section 9)
"""

from dataclasses import replace
from pathlib import Path

from yi_local.hub.stores.groups import grouped, is_gguf
from yi_local.hub.stores.hub_layout import models_in_hub_layout, repo_model
from yi_local.hub.stores.stored_model import Origin, StoredModel
from yi_local.hub.stores.walk import Found, Walk, is_there
from yi_local.language import tr


def modelscope_models_in(cache: Path) -> Found:
    if not is_there(cache):
        return Found()
    found = [_at(folder, cache) for folder in (cache / "models", cache / "hub" / "models")]
    # What is below `models` or `hub` was just read.
    plain = _by_owner(cache, _origin(cache), without=("models", "hub"))
    older = _by_owner(cache / "hub", _origin(cache), without=("models",))
    return Found(
        tuple(model for each in (*found, plain, older) for model in each.models),
        tuple(skip for each in (*found, plain, older) for skip in each.skipped),
    )


def _origin(cache: Path) -> Origin:
    return Origin(
        "ModelScope", cache, "modelscope", why_not_delete=tr("ModelScope's client keeps it.")
    )


def _at(folder: Path, cache: Path) -> Found:
    if not is_there(folder):
        return Found()
    new = models_in_hub_layout(replace(_origin(cache), root=folder), prefix="")
    taken = {model.path for model in new.models}
    old = _by_owner(folder, _origin(cache))
    rest = tuple(model for model in old.models if model.path not in taken)
    return Found((*new.models, *rest), old.skipped)


def _by_owner(folder: Path, origin: Origin, without: tuple[str, ...] = ()) -> Found:
    if not is_there(folder):
        return Found()
    left = {str((folder / name).resolve()) for name in without}
    walk = Walk(folder, is_gguf, without=left)
    models: list[StoredModel] = []
    for group in grouped(walk.files()):
        parts = group.paths[0].relative_to(folder).parts
        if len(parts) >= 3 and "--" not in parts[0] and not parts[0].startswith("."):
            repo_id = "/".join(parts[:2]).replace("___", ".")
            known = replace(origin, repo_id=repo_id)
            models.append(repo_model(group, folder.joinpath(*parts[:2]), known))
    return Found(tuple(models), tuple(walk.skipped))

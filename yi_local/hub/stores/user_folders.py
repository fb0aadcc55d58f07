"""Reads the folders and files that the person named."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from yi_local.hub.stores.desktop import named_model
from yi_local.hub.stores.git_checkout import Checkout, checkout_of, pointer_file
from yi_local.hub.stores.groups import FileGroup, grouped, is_gguf
from yi_local.hub.stores.stored_model import Origin, Pointer, StoredModel
from yi_local.hub.stores.walk import Found, Skipped, Walk, is_there
from yi_local.language import mark, tr

_YOURS = mark("It lies in a folder of yours.")


def models_in_user_folder(path: Path, store_roots: Collection[str]) -> Found:
    """`store_roots`: real paths of other stores, which are not looked into again."""
    if not is_there(path):
        return Found(skipped=(Skipped(path, tr("It is gone, or on a disk that is not here.")),))
    if path.is_file():
        root, walk = path.parent, None
        files: Iterable[Path] = _with_siblings(path)
    else:
        root, walk = path, Walk(path, is_gguf, without=store_roots)
        files = list(walk.files())
    origin = Origin("folder", root, why_not_delete=tr(_YOURS))
    checkouts: dict[Path, Checkout | None] = {}
    models = []
    for group in grouped(files):
        folder = group.paths[0].parent
        if folder not in checkouts:
            checkouts[folder] = checkout_of(folder)
        models.append(_model(group, origin, checkouts[folder]))
    return Found(tuple(models), tuple(walk.skipped) if walk else ())


def _with_siblings(path: Path) -> list[Path]:
    """A file with what it needs to be whole: a shard's others come by their names."""
    try:
        vision = [each for each in path.parent.iterdir() if "mmproj" in each.name.lower()]
    except OSError:
        vision = []
    return [path, *vision]


def _model(group: FileGroup, origin: Origin, checkout: Checkout | None) -> StoredModel:
    model = named_model(group, origin)
    pointer = pointer_file(group.paths[0])
    if pointer is not None:
        model = replace(model, pointer=Pointer(pointer.sha256, pointer.size_bytes))
    if checkout is None or checkout.remote is None:
        return model
    known = replace(
        origin,
        source=checkout.remote.source,
        repo_id=checkout.remote.repo_id,
        commit=checkout.commit,
    )
    filename = group.paths[0].absolute().relative_to(checkout.root).as_posix()
    name = f"{known.repo_id}:{group.quant}" if group.quant else f"{known.repo_id}/{filename}"
    return replace(model, name=name, filename=filename, origin=known)

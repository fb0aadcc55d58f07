"""From a catalogue file's valid content to the frozen values."""

from collections.abc import Mapping
from typing import Any

from yi_local.catalogue.model import Defect, Licence, Model, ModelFile, Repo, Sampling

Table = Mapping[str, Any]


def model_of(entry: Table, defaults: Table, family: Table) -> Model:
    """What stands in the entry itself wins over the file's defaults."""
    table: dict[str, Any] = {**_maker(family), **defaults, **entry}
    originals = table.pop("originals", {})
    sampling = table.pop("sampling", None)
    repos = table.pop("repo", ())
    licence = Licence(**table.pop("licence"))
    return Model(
        **_tuples(table),
        family=family["id"],
        licence=licence,
        sampling=_sampling(sampling) if sampling else None,
        original_huggingface=originals.get("huggingface"),
        original_modelscope=originals.get("modelscope"),
        repos=tuple(_repo(repo) for repo in repos),
    )


def defect_of(entry: Table) -> Defect:
    return Defect(**_tuples(entry))


def _maker(family: Table) -> dict[str, Any]:
    return {"maker": family["maker"]} if "maker" in family else {}


def _repo(entry: Table) -> Repo:
    table = dict(entry)
    files = table.pop("files", {})
    return Repo(**_tuples(table), files=tuple(_file(quant, file) for quant, file in files.items()))


def _file(quant: str, file: Any) -> ModelFile:
    if isinstance(file, str):
        return ModelFile(quant, file)
    return ModelFile(quant, file["file"], file.get("size_bytes"), file.get("sha256"))


def _sampling(entry: Table) -> Sampling:
    options = {key: value for key, value in entry.items() if key != "source"}
    return Sampling(options, entry["source"])


def _tuples(table: Table) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}

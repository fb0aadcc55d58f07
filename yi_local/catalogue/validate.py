"""Names every problem of a catalogue file's content."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from yi_local.catalogue import checks
from yi_local.catalogue.checks import Check
from yi_local.language import tr
from yi_local.settings.positions import Where
from yi_local.types import SamplingOptions

Found = tuple[Where, str]  # where, and what is wrong there
Table = Mapping[str, Any]
Rules = Mapping[str, Check]

_TEXTS = checks.list_of(checks.text)
_SOURCES = checks.at_least_one(checks.text)

FAMILY: Rules = {
    "id": checks.model_id,
    "name": checks.text,
    "maker": checks.text,
    "source": checks.text,
}
LICENCE: Rules = {
    "id": checks.like(r"[A-Za-z0-9][A-Za-z0-9.+-]*", "Apache-2.0"),
    "url": checks.url,
    "source": checks.text,
}
ORIGINALS: Rules = {"huggingface": checks.repo_id, "modelscope": checks.repo_id}
DEFECT: Rules = {
    "name": checks.like(r"[a-z0-9]+(-[a-z0-9]+)*", "space-prefix"),
    "explanation_en": checks.text,
    "explanation_zh": checks.text,
    "repair_en": checks.text,
    "repair_zh": checks.text,
    "kv_overrides": checks.overrides,
    "sources": _SOURCES,
}
MODEL: Rules = {
    "id": checks.model_id,
    "name": checks.text,
    "maker": checks.text,
    "aliases": _TEXTS,
    "purpose": checks.one_of("chat", "base", "code", "vision"),
    "summary_en": checks.text,
    "summary_zh": checks.text,
    "architecture": checks.text,
    "n_params": checks.integer(1, 10**13),
    "n_vocab": checks.integer(1, 10**7),
    "n_ctx_train": checks.integer(1, 10**8),
    "n_ctx_recommended": checks.integer(1, 10**8),
    "rope_freq_base": checks.number(1, 1e12),
    "rms_epsilon": checks.number(1e-12, 1),
    "released": checks.date,
    "knowledge_cutoff": checks.date,
    "languages": checks.list_of(checks.like(r"[a-z]{2,3}", "zh")),
    "chat_template": checks.text,
    "system_prompt": checks.long_text,
    "prompt_hint": checks.text,
    "stop": checks.list_of(checks.long_text),
    "fim": checks.one_of("experimental"),
    "defects": _TEXTS,
    "remarks": _TEXTS,
    "sources": _SOURCES,
}
REPO: Rules = {
    "id": checks.repo_id,
    "host": checks.one_of("huggingface", "modelscope"),
    "confidence": checks.one_of("high", "medium", "low"),
    "recommended": checks.flag,
    "revision": checks.text,
    "defects": _TEXTS,
    "remarks": _TEXTS,
    "mmproj": checks.list_of(checks.gguf_filename),
    "source": checks.text,
}
FILE: Rules = {
    "file": checks.gguf_filename,
    "size_bytes": checks.integer(1, 10**14),
    "sha256": checks.sha256,
}
_MODEL_NEEDS = ("id", "name", "purpose", "summary_en", "sources", "licence")
_OPTIONS = {f.name: f.type for f in fields(SamplingOptions) if f.type in (int, float)}


def problems_of(content: Table) -> list[Found]:
    """All problems of one file's content; a problem inside a model begins ("model", number)."""
    found = _unknown(content, ("family", "defaults", "defect", "model"), ())
    if "family" in content:
        found += _table(content["family"], FAMILY, ("id", "name"), ("family",))
    defaults = content.get("defaults", {})
    if isinstance(defaults, dict):
        found += _model(defaults, (), ("defaults",))
    else:
        found.append((("defaults",), tr("must be a table")))
        defaults = {}
    for where, defect in _entries(content, "defect", (), found):
        needs = ("name", "explanation_en", "explanation_zh", "sources")
        found += _table(defect, DEFECT, needs, where)
    for where, model in _entries(content, "model", (), found):
        found += _model(model, tuple(key for key in _MODEL_NEEDS if key not in defaults), where)
    return found


def _model(model: Any, needs: tuple[str, ...], where: Where) -> list[Found]:
    inner = ("licence", "originals", "sampling", "repo")
    found = _table(model, MODEL, needs, where, inner)
    if not isinstance(model, dict):
        return found
    if "licence" in model:
        found += _table(model["licence"], LICENCE, tuple(LICENCE), (*where, "licence"))
    if "originals" in model:
        found += _table(model["originals"], ORIGINALS, (), (*where, "originals"))
    if "sampling" in model:
        found += _sampling(model["sampling"], (*where, "sampling"))
    for place, repo in _entries(model, "repo", where, found):
        found += _table(repo, REPO, ("id", "host", "source"), place, ("files",))
        if isinstance(repo, dict) and "files" in repo:
            found += _files(repo["files"], (*place, "files"))
    return found


def _sampling(sampling: Any, where: Where) -> list[Found]:
    """The ranges are those of SamplingOptions."""
    if not isinstance(sampling, dict):
        return [(where, tr("must be a table"))]
    found: list[Found] = []
    if problem := checks.text(sampling.get("source")):
        found.append(((*where, "source"), f'"source" {problem}'))
    for key, value in sampling.items():
        place = (*where, key)
        if key == "source":
            continue
        if key not in _OPTIONS:
            found.append((place, tr('"{key}" is no sampling option with a number', key=key)))
        elif type(value) is not int and type(value) is not _OPTIONS[key]:
            problem = tr('"{key}" must be a number', key=key)
            if _OPTIONS[key] is int:
                problem = tr('"{key}" must be a whole number', key=key)
            found.append((place, problem))
        else:
            found += [(place, problem) for problem in _out_of_range(key, value)]
    return found


def _out_of_range(key: str, value: float) -> list[str]:
    try:
        SamplingOptions(**{key: value})  # type: ignore[arg-type]
    except ValueError as error:
        return [str(error)]
    return []


def _files(files: Any, where: Where) -> list[Found]:
    if not isinstance(files, dict):
        return [(where, tr("must be a table of quants with their files"))]
    found: list[Found] = []
    for name, file in files.items():
        place = (*where, name)
        if problem := checks.quant(name):
            found.append((place, tr('the quant "{name}" {problem}', name=name, problem=problem)))
        if isinstance(file, dict):
            found += _table(file, FILE, ("file",), place)
        elif problem := checks.gguf_filename(file):
            found.append((place, f'"{name}" {problem}'))
    return found


def _table(
    table: Any,
    rules: Rules,
    needs: tuple[str, ...],
    where: Where,
    inner: tuple[str, ...] = (),
) -> list[Found]:
    if not isinstance(table, dict):
        return [(where, tr("must be a table"))]
    found = _unknown(table, (*rules, *inner), where)
    found += [(where, tr('"{key}" is missing', key=key)) for key in needs if key not in table]
    for key, check in rules.items():
        if key in table and (problem := check(table[key])):
            found.append(((*where, key), f'"{key}" {problem}'))
    return found


def _unknown(table: Table, known: tuple[str, ...], where: Where) -> list[Found]:
    return [
        ((*where, key), tr('"{key}" is not known here', key=key))
        for key in table
        if key not in known
    ]


def _entries(
    table: Table, key: str, where: Where, found: list[Found]
) -> Iterator[tuple[Where, Any]]:
    entries = table.get(key, [])
    if not isinstance(entries, list):
        found.append(((*where, key), tr('"{key}" must be written [[{key}]]', key=key)))
        return
    for number, entry in enumerate(entries):
        yield (*where, key, number), entry

"""Reads one file of the catalogue, and tells where in it something is wrong."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yi_local.catalogue.build import defect_of, model_of
from yi_local.catalogue.model import Defect, Model, Problem
from yi_local.language import tr
from yi_local.settings.positions import Where, line_of

_AT_LINE = re.compile(r"\s*\(at line (\d+)[^)]*\)$")  # how tomllib ends its messages
_AT_END = " (at end of document)"


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """What is whole in it, and the problems of the rest."""

    path: Path
    text: str = ""
    models: tuple[tuple[Model, Where], ...] = ()
    defects: tuple[Defect, ...] = ()
    problems: tuple[Problem, ...] = ()

    def problem(self, where: Where, message: str) -> Problem:
        return Problem(self.path, line_of(self.text, where), message)


def read_file(path: Path, *, validate: bool = True) -> CatalogueFile:
    """Never raises for what is in the file; `validate=False` is for files known to be right."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        content = tomllib.loads(text)
    except OSError as error:
        return _broken(path, None, tr("The file cannot be read: {reason}.", reason=error.strerror))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return _broken(path, line, tr("The file is not UTF-8 text."))
    except RecursionError:
        return _broken(path, None, tr("Its lists are nested too deeply."))
    except ValueError as error:  # TOMLDecodeError, and numbers of thousands of digits
        return _broken(path, *_parse_error(str(error), text))
    found = _problems(content) if validate else []
    problems = tuple(Problem(path, line_of(text, where), _sentence(what)) for where, what in found)
    bad = {where[:depth] for where, _ in found for depth in (1, 2)}
    if {("family",), ("defaults",)} & bad:  # without them, no model is whole
        return CatalogueFile(path, text, problems=problems)
    models, defects = _build(content, path.stem.lower(), bad)
    return CatalogueFile(path, text, models, defects, problems)


def _problems(content: Mapping[str, Any]) -> list[tuple[Where, str]]:
    from yi_local.catalogue.validate import problems_of  # most people have no files of their own

    return problems_of(content)


def _build(
    content: Mapping[str, Any], default_family: str, bad: set[Where]
) -> tuple[tuple[tuple[Model, Where], ...], tuple[Defect, ...]]:
    """All entries but the bad ones."""
    family = content.get("family", {"id": default_family})
    defaults = content.get("defaults", {})
    models = [
        (model_of(entry, defaults, family), where)
        for where, entry in _entries(content, "model")
        if where not in bad
    ]
    defects = [defect_of(entry) for where, entry in _entries(content, "defect") if where not in bad]
    return tuple(models), tuple(defects)


def _entries(content: Mapping[str, Any], key: str) -> list[tuple[Where, Any]]:
    entries = content.get(key, [])
    if not isinstance(entries, list):
        return []
    return [((key, number), entry) for number, entry in enumerate(entries)]


def _broken(path: Path, line: int | None, message: str) -> CatalogueFile:
    return CatalogueFile(path, problems=(Problem(path, line, message),))


def _parse_error(message: str, text: str) -> tuple[int | None, str]:
    if message.endswith(_AT_END):
        return max(1, len(text.splitlines())), _sentence(message.removesuffix(_AT_END))
    place = _AT_LINE.search(message)
    return (int(place[1]) if place else None), _sentence(_AT_LINE.sub("", message))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

"""What was found in a folder that is adopted, in words and in JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from yi_local.assistant.models.place_words import short_path
from yi_local.cli.models.places_report import place_json
from yi_local.cli.table import table
from yi_local.hub.library.adoption import Adoption, PointerToFill
from yi_local.language import tr
from yi_local.text import human_bytes, one_line, shortened

_NAME_WIDTH = 40  # columns


def adoption_text(found: Adoption) -> str:
    """The models; below them, what is only a pointer and where it could come from."""
    parts = []
    if found.models:
        rows = [
            [
                shortened(one_line(m.name), _NAME_WIDTH),
                one_line(m.quant or ""),
                human_bytes(m.size_bytes),
            ]
            for m in found.models
        ]
        parts.append(table([tr("name"), tr("quant"), tr("size")], rows, left=(0, 1)))
    if found.pointers:
        rows = [
            [
                shortened(one_line(each.pointer.filename), _NAME_WIDTH),
                human_bytes(each.pointer.size_bytes),
                _whence(each),
            ]
            for each in found.pointers
        ]
        parts.append(
            tr("Git-LFS pointers, whose models are not here:")
            + "\n"
            + table([tr("file"), tr("size"), tr("from")], rows, left=(0, 2))
        )
    return "\n".join(parts)


def adoption_json(found: Adoption, new: Sequence[Path]) -> str:
    value = {
        "remembered": [str(path) for path in new],
        "models": [place_json(m) | {"size_bytes": m.size_bytes} for m in found.models],
        "pointers": [
            asdict(each.pointer)
            | {"path": str(each.pointer.path), "here": str(each.here) if each.here else None}
            for each in found.pointers
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _whence(each: PointerToFill) -> str:
    if each.here is not None:
        return tr("already here: {path}", path=short_path(each.here))
    if each.pointer.repo_id is None:
        return tr("unknown")
    host = "ms://" if each.pointer.source == "modelscope" else ""
    return one_line(host + each.pointer.repo_id)

"""The models on this disk as a table for people, as JSON for programs."""

import json
from collections.abc import Sequence

from yi_local.assistant.models.place_words import (
    bare_name,
    in_order,
    remark_on,
    short_path,
    size_of,
    stores_of,
)
from yi_local.cli.models.places_report import entry_json
from yi_local.cli.table import table
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.language import tr, trn
from yi_local.text import human_bytes, one_line, shortened, width_of, wrapped

_NARROWEST_NAME = 24  # columns
_WIDEST_STORES = 24  # columns
_GAPS = 8  # columns between five columns


def list_text(known: Library, columns: int) -> str:
    """The table; what is wrong with some of them; what may be twice; where nobody looked."""
    entries = in_order(known)
    parts = [_table(entries, columns) + "\n" + _total(entries)] if entries else []
    parts += filter(None, (_troubled(entries, columns), _alike(entries), _skipped(known, columns)))
    return "\n".join(parts)


def list_json(known: Library) -> str:
    found = {
        "models": [entry_json(entry) for entry in in_order(known)],
        "skipped": [{"path": str(skip.path), "why": skip.why} for skip in known.skipped],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _table(entries: Sequence[LibraryEntry], columns: int) -> str:
    rows = [
        [
            bare_name(entry),
            one_line(entry.quant or tr("unknown")) if entry.trouble is None else "",
            size_of(entry),
            shortened(stores_of(entry), _WIDEST_STORES),
            remark_on(entry),
        ]
        for entry in entries
    ]
    head = [tr("name"), tr("quant"), tr("size"), tr("where"), ""]
    if any(row[4] for row in rows):
        head[4] = tr("note")
    others = sum(max(width_of(row[n]) for row in (head, *rows)) for n in range(1, 5)) + _GAPS
    width = max(columns - others, _NARROWEST_NAME)
    short = [[shortened(row[0], width), *row[1:]] for row in rows]
    return table(head, short, left=(0, 1, 3, 4))


def _total(entries: Sequence[LibraryEntry]) -> str:
    whole = [entry for entry in entries if entry.trouble is None]
    size = human_bytes(sum(entry.size_bytes or 0 for entry in whole))
    return trn("{n} model, {size}", "{n} models, {size}", len(whole), size=size) + "\n"


def _troubled(entries: Sequence[LibraryEntry], columns: int) -> str:
    lines = []
    for entry in entries:
        if entry.trouble is not None:
            hint = f" {entry.hint}" if entry.hint else ""
            lines.append(f"{one_line(entry.name)}: {one_line(entry.trouble + hint)}")
    return "".join(wrapped(line, columns, indent="  ") + "\n" for line in lines)


def _alike(entries: Sequence[LibraryEntry]) -> str:
    if not any(entry.may_equal for entry in entries):
        return ""
    return tr("maybe twice: yi verify reads the files, and then the list knows.") + "\n"


def _skipped(known: Library, columns: int) -> str:
    lines = [
        tr("not looked at: {path}: {why}", path=short_path(skip.path), why=one_line(skip.why))
        for skip in known.skipped
    ]
    return "".join(wrapped(line, columns, indent="  ") + "\n" for line in lines)

"""The models on this disk as a table for people, as JSON for programs."""

import json
from collections.abc import Sequence

from yi_local.assistant.verification import copies
from yi_local.cli.places_report import entry_json, one_line, short_path, store_of
from yi_local.cli.table import shortened, table, width_of
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.text import human_bytes, wrapped

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


def in_order(known: Library) -> list[LibraryEntry]:
    """By name, the small before the large; what does not load comes last."""
    return sorted(
        known.entries,
        key=lambda entry: (entry.trouble is not None, entry.name.casefold(), entry.size_bytes or 0),
    )


def _table(entries: Sequence[LibraryEntry], columns: int) -> str:
    rows = [
        [
            _name(entry),
            one_line(entry.quant or "unknown") if entry.trouble is None else "",
            _size(entry),
            shortened(", ".join(dict.fromkeys(map(store_of, entry.places))), _WIDEST_STORES),
            _note(entry),
        ]
        for entry in entries
    ]
    head = ["name", "quant", "size", "where", "note" if any(row[4] for row in rows) else ""]
    others = sum(max(width_of(row[n]) for row in (head, *rows)) for n in range(1, 5)) + _GAPS
    width = max(columns - others, _NARROWEST_NAME)
    short = [[shortened(row[0], width), *row[1:]] for row in rows]
    return table(head, short, left=(0, 1, 3, 4))


def _name(entry: LibraryEntry) -> str:
    """Without the quant, which has a column of its own."""
    return one_line(entry.name.removesuffix(f":{entry.quant}"))


def _size(entry: LibraryEntry) -> str:
    """Of a pointer, what it would be: bytes that are not here are in brackets."""
    pointer = entry.model.pointer
    return f"({human_bytes(pointer.size_bytes)})" if pointer else human_bytes(entry.size_bytes)


def _note(entry: LibraryEntry) -> str:
    if entry.model.pointer is not None:
        return "a pointer"
    if entry.trouble is not None:
        return "does not load"
    if (count := len(copies(entry))) > 1:
        return f"{count} copies"
    return "maybe twice" if entry.may_equal else ""


def _total(entries: Sequence[LibraryEntry]) -> str:
    whole = [entry for entry in entries if entry.trouble is None]
    models = "1 model" if len(whole) == 1 else f"{len(whole)} models"
    return f"{models}, {human_bytes(sum(entry.size_bytes or 0 for entry in whole))}\n"


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
    return "maybe twice: yi verify reads the files, and then the list knows.\n"


def _skipped(known: Library, columns: int) -> str:
    lines = [f"not looked at: {short_path(s.path)}: {one_line(s.why)}" for s in known.skipped]
    return "".join(wrapped(line, columns, indent="  ") + "\n" for line in lines)

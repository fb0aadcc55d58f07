"""What verifying has found, in words and in JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from yi_local.assistant.verification import Checked
from yi_local.cli.places_report import one_line, program_of, short_path, store_of


def checked_text(checked: Checked) -> str:
    """The verdict in one line; the hashes below it where they tell something."""
    name, where = one_line(checked.name), store_of(checked.place)
    head = f"{name} ({where}): "
    match checked.outcome:
        case "unreadable":
            return head + one_line(checked.error.message if checked.error else "") + "\n"
        case "whole":
            return head + f"whole, by the sha256 that {_said_by(checked)} gives\n"
        case "damaged":
            return head + f"DAMAGED: it is not what {_said_by(checked)} says\n" + _hashes(checked)
        case "unloadable":
            return head + f"it does not load. {one_line(checked.trouble or '')}\n"
        case "unknown":
            return head + "nobody says what it should be\n" + _hashes(checked)


def checked_json(found: Sequence[Checked]) -> str:
    value = {"models": [_model(checked) for checked in found]}
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _model(checked: Checked) -> dict[str, Any]:
    return {
        "name": checked.name,
        "store": program_of(checked.place),
        "outcome": checked.outcome,
        "said_by": checked.said_by,
        "trouble": checked.error.message if checked.error else checked.trouble,
        "files": [
            asdict(verdict) | {"path": str(verdict.path), "matches": verdict.matches}
            for verdict in checked.verdicts
        ],
    }


def _said_by(checked: Checked) -> str:
    return checked.said_by or "nobody"


def _hashes(checked: Checked) -> str:
    lines = []
    for verdict in checked.verdicts:
        if verdict.matches is not True:
            lines.append(f"  {short_path(verdict.path)}\n    measured {verdict.measured}\n")
            if verdict.expected is not None:
                lines.append(f"    should be {verdict.expected}\n")
    return "".join(lines)

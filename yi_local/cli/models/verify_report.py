"""What verifying has found, in words and in JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from yi_local.assistant.models.place_words import program_of, short_path, store_of
from yi_local.assistant.models.verification import Checked, outcome_words
from yi_local.language import tr
from yi_local.text import one_line


def checked_text(checked: Checked) -> str:
    """The verdict in one line; the hashes below it where they tell something."""
    name, where = one_line(checked.name), store_of(checked.place)
    told = f"{name} ({where}): {outcome_words(checked)}\n"
    return told + (_hashes(checked) if checked.outcome in ("damaged", "unknown") else "")


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


def _hashes(checked: Checked) -> str:
    lines = []
    for verdict in checked.verdicts:
        if verdict.matches is not True:
            lines.append(f"  {short_path(verdict.path)}\n")
            lines.append("    " + tr("measured {sha256}", sha256=verdict.measured) + "\n")
            if verdict.expected is not None:
                lines.append("    " + tr("should be {sha256}", sha256=verdict.expected) + "\n")
    return "".join(lines)

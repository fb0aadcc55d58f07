"""What `yi rm` would delete or has deleted, in words and in JSON."""

import json
from collections.abc import Sequence

from yi_local.assistant.models.place_words import short_path, store_of
from yi_local.hub.library.removal import Removed
from yi_local.hub.library.removal_plan import Removal
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import tr
from yi_local.text import human_bytes, one_line, padded, width_of


def removal_text(plan: Removal, others: Sequence[StoredModel]) -> str:
    """`others`: more places where the same model lies, which were not named."""
    delete, keep = tr("delete"), tr("keep")
    width = max(width_of(delete), width_of(keep)) + 1
    space = " " * width
    lines = [padded(delete, width) + short_path(path) for path in plan.delete]
    for kept in plan.kept:
        lines += [padded(keep, width) + short_path(kept.path), space + one_line(kept.why)]
    for place in others:
        lines.append(padded(keep, width) + short_path(place.path))
        lines.append(space + tr("{program} has it too.", program=store_of(place)))
    if plan.delete:
        lines.append(tr("This frees {size}.", size=human_bytes(plan.freed_bytes)))
    return "\n".join(lines)


def removal_json(plan: Removal, removed: Removed | None) -> str:
    """`removed`: None where nothing was deleted yet."""
    found = {
        "delete": [str(path) for path in plan.delete],
        "kept": [{"path": str(kept.path), "why": kept.why} for kept in plan.kept],
        "frees_bytes": plan.freed_bytes,
        "removed": None
        if removed is None
        else {
            "deleted": [str(path) for path in removed.deleted],
            "freed_bytes": removed.freed_bytes,
            "failed": [{"path": str(kept.path), "why": kept.why} for kept in removed.failed],
        },
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"

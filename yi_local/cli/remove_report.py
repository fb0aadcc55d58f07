"""What `yi rm` would delete or has deleted, in words and in JSON."""

import json
from collections.abc import Sequence

from yi_local.cli.places_report import one_line, short_path, store_of
from yi_local.hub.library.removal import Removed
from yi_local.hub.library.removal_plan import Removal
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.text import human_bytes


def removal_text(plan: Removal, others: Sequence[StoredModel]) -> str:
    """`others`: more places where the same model lies, which were not named."""
    lines = [f"delete {short_path(path)}" for path in plan.delete]
    lines += [f"keep   {short_path(kept.path)}\n       {one_line(kept.why)}" for kept in plan.kept]
    lines += [f"keep   {short_path(p.path)}\n       {store_of(p)} has it too." for p in others]
    if plan.delete:
        lines.append(f"This frees {human_bytes(plan.freed_bytes)}.")
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

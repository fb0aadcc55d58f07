"""Makes whole conversations of the rows that a damaged database still had."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yi_local.store.database.salvage import Row

_ROLES = ("user", "assistant", "system", "tool")


def mended(tables: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Rows that fit together; what follows from others is made anew.

    A message whose parent is lost goes below the one that came before it in its conversation: that
    is where it belongs, as long as nobody has branched there. A conversation that is lost itself
    comes back without its title.
    """
    messages = [dict(row) for row in tables["messages"] if _is_message(row)]
    conversations = {row["id"]: dict(row) for row in tables["conversations"] if _is_sound(row)}
    for message in messages:
        conversations.setdefault(message["conversation_id"], _untitled(message))
    below = _join(messages)
    first: dict[int, list[int]] = {}
    count = dict.fromkeys(conversations, 0)
    for message in messages:
        message["chosen_child_id"] = _chosen(message["chosen_child_id"], below.get(message["id"]))
        message["indexed"] = 0
        count[message["conversation_id"]] += 1
        if message["parent_id"] is None:
            first.setdefault(message["conversation_id"], []).append(message["id"])
    chosen = {message["id"]: message["chosen_child_id"] for message in messages}
    for number, conversation in conversations.items():
        leaf_id = root_id = _chosen(conversation["chosen_root_id"], first.get(number))
        while leaf_id is not None and (child_id := chosen[leaf_id]) is not None:
            leaf_id = child_id
        conversation |= {
            "chosen_root_id": root_id,
            "leaf_id": leaf_id,
            "indexed_title": "",
            "n_messages": count[number],
        }
    notes = [row for row in tables["notes"] if isinstance(row["name"], str) and row["value"]]
    return {"conversations": list(conversations.values()), "messages": messages, "notes": notes}


def _join(messages: Iterable[Row]) -> dict[int, list[int]]:
    """Gives every message a parent that is there; parent -> children. Parents have lower ids."""
    newest: dict[int, int] = {}  # conversation -> its message before this one
    home: dict[int, int] = {}  # message -> conversation
    below: dict[int, list[int]] = {}
    for message in messages:
        number, conversation_id = message["id"], message["conversation_id"]
        parent_id = message["parent_id"]
        if parent_id is not None and home.get(parent_id) != conversation_id:
            parent_id = newest.get(conversation_id)
        message["parent_id"] = parent_id
        if parent_id is not None:
            below.setdefault(parent_id, []).append(number)
        home[number] = conversation_id
        newest[conversation_id] = number
    return below


def _chosen(wanted: object, there: Sequence[int] | None) -> int | None:
    if not there:
        return None
    return wanted if isinstance(wanted, int) and wanted in there else there[-1]


def _untitled(message: Row) -> Row:
    time_s = message["created_s"]
    return {
        "id": message["conversation_id"],
        "created_s": time_s,
        "updated_s": time_s,
        "chosen_root_id": None,
        "title": "",
    }


def _is_message(row: Row) -> bool:
    return (
        _is_sound(row)
        and isinstance(row["conversation_id"], int)
        and row["role"] in _ROLES
        and isinstance(row["content"], str | bytes)
        and isinstance(row["created_s"], float)
    )


def _is_sound(row: Mapping[str, Any]) -> bool:
    return isinstance(row["id"], int) and row["id"] > 0

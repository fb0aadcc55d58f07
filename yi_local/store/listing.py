"""The conversations themselves: begun, listed, changed, removed."""

import json
import time
from collections.abc import Mapping
from typing import Any

from yi_local.store.part import StorePart
from yi_local.store.records import Conversation
from yi_local.store.rows import CONVERSATION, conversation_of, stored
from yi_local.store.tree import conversation_at

_CHANGEABLE = frozenset(("title", "titled", "system", "model", "preset", "sampling"))


class Listing(StorePart):
    def create(
        self,
        *,
        system: str | None = None,
        model: str | None = None,
        preset: str | None = None,
        sampling: Mapping[str, Any] | None = None,
        title: str = "",
    ) -> Conversation:
        now = time.time()
        columns = {
            "created_s": now,
            "updated_s": now,
            **_columns(
                title=title, system=system, model=model, preset=preset, sampling=sampling or {}
            ),
        }
        names, places = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        with self._database.writing() as connection:
            cursor = connection.execute(
                f"INSERT INTO conversations ({names}) VALUES ({places})", columns
            )
            assert cursor.lastrowid is not None
            return conversation_at(connection, cursor.lastrowid)

    def conversation(self, conversation_id: int) -> Conversation:
        """Raises UsageError where there is none."""
        with self._database.reading() as connection:
            return conversation_at(connection, conversation_id)

    def conversations(
        self, *, limit: int = 100, before_s: float | None = None
    ) -> tuple[Conversation, ...]:
        """Those with a message, newest first; `before_s` is where the last page ended.

        A page is longer than `limit` where several are of the very same time: none falls between.
        """
        if limit <= 0:
            return ()
        where, values = "n_messages > 0", {"limit": limit, "before": before_s}
        if before_s is not None:
            where += " AND updated_s < :before"
        page = f"SELECT updated_s FROM conversations WHERE {where} ORDER BY updated_s DESC"
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT {CONVERSATION} FROM conversations WHERE {where}
                AND updated_s >= (SELECT min(updated_s) FROM ({page} LIMIT :limit))
                ORDER BY updated_s DESC, id DESC""",
                values,
            )
            return tuple(conversation_of(row) for row in rows)

    def update(self, conversation_id: int, **fields: Any) -> Conversation:
        """Any of: title, titled, system, model, preset, sampling."""
        if unknown := fields.keys() - _CHANGEABLE:
            raise TypeError(f"a conversation has no {', '.join(sorted(unknown))} to change")
        columns = _columns(**fields)
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        with self._database.writing() as connection:
            if changes:
                connection.execute(
                    f"UPDATE conversations SET {changes} WHERE id = :id",
                    {**columns, "id": conversation_id},
                )
            changed = conversation_at(connection, conversation_id)
        if "title" in fields:
            self._index.keep_up()
        return changed

    def remove(self, conversation_id: int) -> None:
        """Its text is gone from the disk, the index included, as far as we write on it."""
        with self._database.writing() as connection:
            conversation_at(connection, conversation_id)
            self._index.forget_conversation(connection, conversation_id)
            connection.execute("DELETE FROM messages WHERE conversation_id = ?", (conversation_id,))
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
        self._index.wipe()

    def remove_empty(self, *, older_than_s: float = 0.0) -> None:
        """Conversations without a message."""
        with self._database.writing() as connection:
            rows = connection.execute(
                "SELECT id FROM conversations WHERE n_messages = 0 AND created_s <= ?",
                (time.time() - older_than_s,),
            )
            for (conversation_id,) in rows.fetchall():
                self._index.forget_conversation(connection, conversation_id)
                connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))


def _columns(**fields: Any) -> dict[str, Any]:
    """Column -> what is stored."""
    columns = dict(fields)
    for name in columns.keys() & {"title", "system", "model", "preset"}:
        columns[name] = stored(columns[name])
    if "titled" in columns:
        columns["titled"] = int(columns["titled"])
    if "sampling" in columns:
        columns["sampling"] = stored(json.dumps(dict(columns["sampling"]), ensure_ascii=False))
    return columns

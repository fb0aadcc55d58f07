"""Where the queue is kept between two runs: one note, as JSON."""

import json
from collections.abc import Collection, Sequence
from threading import Lock
from typing import Any, Protocol

from yi_local.assistant.downloads.item import Item, at_rest, kept, read_item
from yi_local.errors import YiLocalError

_NOTE = "downloads"


class Notes(Protocol):
    """The store, as far as it is needed here."""

    def note(self, name: str) -> str | None: ...

    def keep_note(self, name: str, value: str | None) -> None: ...


class KeptQueue:
    """Another app may keep its downloads in the same note: what is not ours stays."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._lock = Lock()
        self._ours: set[str] = set()  # keys that this process has seen

    def read(self) -> tuple[Item, ...]:
        with self._lock:
            items = []
            for value in self._values():
                try:
                    items.append(at_rest(read_item(value)))
                except (KeyError, TypeError, ValueError):  # of another version
                    continue
            self._ours |= {item.key for item in items}
            return tuple(items)

    def write(self, items: Sequence[Item]) -> None:
        """Without those that are done. A store that is in use is no reason to stop a download."""
        with self._lock:
            self._ours |= {item.key for item in items}
            try:
                others = [value for value in self._values() if _key(value) not in self._ours]
                mine = [kept(item) for item in items if item.state != "done"]
                text = json.dumps([*others, *mine], ensure_ascii=False)
                self._notes.keep_note(_NOTE, text if others or mine else None)
            except YiLocalError:
                return

    def _values(self) -> Collection[Any]:
        try:
            found = json.loads(self._notes.note(_NOTE) or "[]")
        except (ValueError, YiLocalError):
            return []
        return found if isinstance(found, list) else []


def _key(value: Any) -> str | None:
    key = value.get("key") if isinstance(value, dict) else None
    return key if isinstance(key, str) else None

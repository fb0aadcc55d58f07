"""Small facts the program keeps: the last model, the queue of downloads."""

from yi_local.store.part import StorePart
from yi_local.store.rows import stored, text_of


class Notes(StorePart):
    def note(self, name: str) -> str | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
            return None if row is None else text_of(row[0])

    def keep_note(self, name: str, value: str | None) -> None:
        """None takes it away."""
        with self._database.writing() as connection:
            if value is None:
                connection.execute("DELETE FROM notes WHERE name = ?", (name,))
            else:
                connection.execute(
                    "INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)",
                    (name, stored(value)),
                )

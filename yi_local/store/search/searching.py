"""Searching all that was said, and the titles."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from yi_local.store.database.trouble import Damaged
from yi_local.store.part import StorePart
from yi_local.store.records import Conversation, Hit
from yi_local.store.rows import text_of
from yi_local.store.search.excerpt import excerpt, place_in
from yi_local.store.search.folding import folded
from yi_local.store.search.guard import guarded
from yi_local.store.search.index import searchable
from yi_local.store.search.terms import match_of, patterns
from yi_local.store.tree import chosen_below, conversation_at

TITLE = "title"  # the role of a title that was found

_CHOICE = 4  # so many times more are looked at than are wanted: FTS5 knows nothing of marks
_AS_IT_IS = 1000.0  # goes to a hit that has the query as it was typed: it is the better one

_MATCHES = """
SELECT found.rowid, -bm25(found) AS score FROM found
LEFT JOIN messages AS m ON m.id = found.rowid
WHERE found MATCH :match AND CASE WHEN :conversation IS NULL
    THEN found.rowid < 0 OR m.id IS NOT NULL
    ELSE found.rowid = -:conversation OR m.conversation_id = :conversation END
ORDER BY round(score, 1) DESC, found.rowid DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class _Candidate:
    conversation_id: int
    node_id: int
    role: str
    text: str
    score: float


class Searching(StorePart):
    def search(
        self, query: str, *, limit: int = 50, conversation_id: int | None = None
    ) -> tuple[Hit, ...]:
        """Messages of all branches, and titles, that have everything the query names; best first.

        Of equally good ones the newest come first. A title's hit has the role "title" and names
        the conversation's first message. Any text is a valid query.
        """
        if limit <= 0 or not query.strip():
            return ()
        match = match_of(query)
        if match is None or not self._index.available:
            with self._database.reading() as connection:
                candidates = islice(_scan(connection, query, conversation_id), limit)
                return _hits(connection, query, candidates, limit)
        self._index.catch_up()
        try:
            return self._ask_index(query, match, limit, conversation_id)
        except Damaged:
            self._index.begin_anew()
            self._index.catch_up()
            return self._ask_index(query, match, limit, conversation_id)

    def _ask_index(
        self, query: str, match: str, limit: int, conversation_id: int | None
    ) -> tuple[Hit, ...]:
        values = {"match": match, "conversation": conversation_id, "limit": _CHOICE * limit}
        with self._database.reading() as connection:
            with guarded(connection):
                rows = connection.execute(_MATCHES, values).fetchall()
            found = (_candidate(connection, number, score) for number, score in rows)
            return _hits(connection, query, (each for each in found if each), limit)


def _hits(
    connection: sqlite3.Connection, query: str, candidates: Iterable[_Candidate], limit: int
) -> tuple[Hit, ...]:
    wanted = patterns(query)
    conversations: dict[int, Conversation] = {}
    hits = []
    for each in candidates:
        if each.conversation_id not in conversations:
            conversations[each.conversation_id] = conversation_at(connection, each.conversation_id)
        (start, end), as_it_is = place_in(each.text, wanted)
        hits.append(
            Hit(
                conversations[each.conversation_id],
                each.node_id,
                each.role,
                *excerpt(each.text, start, end),
                score=each.score + _AS_IT_IS * as_it_is,
            )
        )
    said = {hit.node_id for hit in hits if hit.role != TITLE}
    # A title is mostly the beginning of the first question: once is enough.
    once = [hit for hit in hits if hit.role != TITLE or hit.node_id not in said]
    return tuple(sorted(once, key=lambda hit: round(hit.score, 1), reverse=True)[:limit])


def _candidate(connection: sqlite3.Connection, number: int, score: float) -> _Candidate | None:
    if number > 0:
        row = connection.execute(
            "SELECT id, content, attachments, conversation_id, role FROM messages WHERE id = ?",
            (number,),
        ).fetchone()
        return row and _Candidate(row[3], row[0], row[4], searchable(row), score)
    first_id = chosen_below(connection, -number, None)
    row = connection.execute("SELECT title FROM conversations WHERE id = ?", (-number,)).fetchone()
    if row is None or first_id is None:
        return None
    return _Candidate(-number, first_id, TITLE, text_of(row[0]), score)


def _scan(
    connection: sqlite3.Connection, query: str, conversation_id: int | None
) -> Iterator[_Candidate]:
    """One by one, newest first: for marks, which are not indexed, and where there is no index."""
    words = folded(query).text.split()
    where = "" if conversation_id is None else "WHERE conversation_id = :conversation"
    rows = connection.execute(
        f"""SELECT id FROM (
            SELECT id, conversation_id FROM messages
            UNION ALL SELECT -id, id FROM conversations WHERE n_messages > 0
        ) {where} ORDER BY id DESC""",
        {"conversation": conversation_id},
    ).fetchall()
    for (number,) in rows:
        candidate = _candidate(connection, number, 0.0)
        if candidate and all(word in folded(candidate.text).text for word in words):
            yield candidate

"""The file is its owner's alone and gets the newest schema; trouble is told in words."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.talking import ask, texts
from yi_local.errors import YiLocalError
from yi_local.store.conversations import Store
from yi_local.store.database import connections
from yi_local.store.database.opening import open_database
from yi_local.store.database.schema import MIGRATIONS, version_of

NEXT = "ALTER TABLE messages ADD COLUMN mood TEXT;\nUPDATE messages SET mood = 'calm';\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows knows other rights")
def test_folder_and_files_are_for_their_owner_alone(store: Store, path: Path) -> None:
    ask(store, "x")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == [path.name, f"{path.name}-shm", f"{path.name}-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_everything_is_there_tomorrow(path: Path) -> None:
    with Store(path) as store:
        nodes = ask(store, "1", "2")
    with Store(path) as store:
        assert list(store.path(nodes[0].conversation_id)) == nodes
        assert store.recovered is None
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_closed_store_says_so(path: Path) -> None:
    store = Store(path)
    store.close()
    store.close()
    with pytest.raises(YiLocalError, match="closed already"):
        store.conversations()


def test_an_older_version_is_brought_to_the_newest_with_what_it_holds(path: Path) -> None:
    with Store(path) as store:
        [node] = ask(store, "old")
    database = open_database(path, (*MIGRATIONS, NEXT))
    with database.reading() as connection:
        assert version_of(connection) == len(MIGRATIONS) + 1
        assert connection.execute("SELECT content, mood FROM messages").fetchall() == [
            (node.message.content, "calm")
        ]
    database.close()


def test_every_step_from_nothing_is_made_in_order(path: Path) -> None:
    steps = ("CREATE TABLE a (x);", "INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);")
    open_database(path, steps[:1]).close()
    for _ in range(2):
        database = open_database(path, steps)
        with database.reading() as connection:
            assert connection.execute("SELECT x FROM a").fetchall() == [(1,), (2,)]
        database.close()


def test_a_step_that_fails_leaves_nothing_behind(path: Path) -> None:
    with Store(path) as store:
        [node] = ask(store, "old")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        open_database(path, (*MIGRATIONS, NEXT + "UPDATE nowhere SET x = 1;\n"))
    with Store(path) as store:
        assert texts(store.path(node.conversation_id)) == ["old"]
        with store._database.reading() as connection:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(messages)")]
    assert "mood" not in columns


def test_a_newer_version_is_refused_with_both_named_and_left_as_it_is(path: Path) -> None:
    with Store(path) as store:
        ask(store, "old")
    open_database(path, (*MIGRATIONS, NEXT)).close()
    before = path.read_bytes()
    ours = len(MIGRATIONS)
    with pytest.raises(YiLocalError, match=f"version {ours + 1}.*up to {ours}") as caught:
        Store(path)
    assert "upgrade" in str(caught.value.hint)
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (x)")
    before = path.read_bytes()
    with pytest.raises(YiLocalError, match="another program's"):
        Store(path)
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "conversations.db", tmp_path):
        with pytest.raises(YiLocalError, match="cannot be written") as caught:
            Store(place)
        assert "rights" in str(caught.value.hint)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_read_only_is_told(path: Path, what: str) -> None:
    Store(path).close()
    place = path if what == "file" else path.parent
    place.chmod(0o400 if what == "file" else 0o500)
    try:
        with pytest.raises(YiLocalError, match="cannot be written"), Store(path) as store:
            store.create()
    finally:
        place.chmod(0o700)


def test_what_becomes_read_only_can_still_be_read_and_searched(store: Store) -> None:
    [node] = ask(store, "苹果")
    with store._database.bare() as connection:
        connection.execute("PRAGMA query_only = ON")
    with pytest.raises(YiLocalError, match="cannot be written"):
        store.ask(node.conversation_id, node.id, "x")
    assert texts(store.path(node.conversation_id)) == ["苹果"]
    assert len(store.search("苹果")) == 1


def test_a_full_disk_is_told_and_nothing_is_lost(store: Store) -> None:
    [node] = ask(store, "saved")
    begun = store.begin_answer(node.conversation_id, node.id, "demo")
    store.write(begun.id, "as far as")
    with store._database.bare() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    for write in (
        lambda: store.write(begun.id, "long " * 20_000),
        lambda: store.finish(begun.id, "long " * 20_000, "stop", None),
        lambda: store.ask(node.conversation_id, begun.id, "long " * 20_000),
    ):
        with pytest.raises(YiLocalError, match="no room left") as caught:
            write()
        assert "not lost" in str(caught.value.hint)
        assert texts(store.path(node.conversation_id)) == ["saved", "as far as"]
    with store._database.bare() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    store.finish(begun.id, "long " * 20_000, "stop", None)
    assert len(store.search("long")) == 1
    assert store.recovered is None


def test_a_database_in_use_for_too_long_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_S", 0.05)
    with Store(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        [node] = ask(store, "saved")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(YiLocalError, match="using the conversations") as caught:
            store.ask(node.conversation_id, node.id, "x")
        assert caught.value.hint
        assert texts(store.path(node.conversation_id)) == ["saved"]
        assert len(store.search("saved")) == 1
        other.execute("COMMIT")
        store.ask(node.conversation_id, node.id, "now")
        assert texts(store.path(node.conversation_id)) == ["saved", "now"]

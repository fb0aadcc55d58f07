"""Threads and processes read while one writes, and write in turn."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.store.talking import answer, ask
from yi_local.errors import YiLocalError
from yi_local.store.conversations import Store

ROOT = Path(__file__).resolve().parent.parent.parent
TALK = """
import sys
from pathlib import Path
from yi_local.store.conversations import Store
with Store(Path(sys.argv[1])) as store:
    conversation, parent_id = store.create(title=sys.argv[2]), None
    for number in range(40):
        parent_id = store.ask(conversation.id, parent_id, f"{sys.argv[2]} 第{number}个").id
        assert len(store.path_ids(conversation.id)) == number + 1
        store.search("第")
"""


@pytest.fixture(params=["file", "memory"])
def any_store(request: pytest.FixtureRequest, path: Path) -> Callable[[], Store]:
    return Store.in_memory if request.param == "memory" else lambda: Store(path)


def test_many_threads_read_while_others_write(any_store: Callable[[], Store]) -> None:
    with any_store() as store, ThreadPoolExecutor(8) as pool:
        ids = [store.create().id for _ in range(3)]
        written = threading.Event()

        def write(conversation_id: int) -> None:
            parent_id = None
            for number in range(60):
                question = store.ask(conversation_id, parent_id, f"第{number}个问题")
                parent_id = answer(store, question, f"答案 {number}").id

        def read(conversation_id: int) -> None:
            seen = 0
            while not written.is_set():
                path = store.path(conversation_id)
                assert len(path) >= seen
                assert [n.parent_id for n in path] == [None, *(n.id for n in path)][: len(path)]
                seen = len(path)
                store.search("问题", limit=5)
                store.conversations()

        readers = [pool.submit(read, number) for number in ids]
        for writer in [pool.submit(write, number) for number in ids]:
            writer.result()
        written.set()
        for reader in readers:
            reader.result()
        assert [len(store.path_ids(number)) for number in ids] == [120] * 3
        assert len(store.search("答案", limit=1_000)) == 180


def test_many_open_a_new_file_at_once(path: Path) -> None:
    def opened(number: int) -> int:
        with Store(path) as store:
            return ask(store, f"hello {number}")[0].id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(opened, range(24)))) == 24
    with Store(path) as store:
        assert len(store.search("hello", limit=100)) == 24


def test_processes_write_into_one_file(path: Path) -> None:
    commands = [[sys.executable, "-c", TALK, str(path), name] for name in ("甲", "乙", "丙")]
    children = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    try:
        assert [child.wait(60) for child in children] == [0, 0, 0]
    finally:
        for child in children:
            child.kill()
    with Store(path) as store:
        assert {each.title: each.n_messages for each in store.conversations()} == {
            "甲": 40,
            "乙": 40,
            "丙": 40,
        }
        assert len(store.search("第", limit=1_000)) == 120


def test_a_thread_that_has_ended_leaves_no_connection(store: Store) -> None:
    for _ in range(5):
        thread = threading.Thread(target=store.conversations)
        thread.start()
        thread.join()
    assert len(store._database._connections) <= 2


def test_closing_waits_for_what_is_running(any_store: Callable[[], Store]) -> None:
    store = any_store()
    begun, closed = threading.Event(), threading.Event()

    def slow() -> list[tuple[int]]:
        with store._database.reading() as connection:
            begun.set()
            closed.wait(0.2)  # it must not come before we are done
            assert not closed.is_set()
            return list(connection.execute("SELECT count(*) FROM messages"))

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow)
        begun.wait()
        store.close()
        closed.set()
        assert running.result() == [(0,)]
        with pytest.raises(YiLocalError, match="closed already"):
            pool.submit(store.conversations).result()

"""Two hundred kills at random moments: nothing is lost that was shown as saved, nothing damaged."""

import random
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from tests.store.killed_child import text_of
from yi_local.store.conversations import Store
from yi_local.store.records import Node

ROOT = Path(__file__).resolve().parent.parent.parent
CHILD = "tests.store.killed_child"
KILLS = 200
AT_ONCE = 2  # processes that write into the one file and are killed
LATEST_S = 0.1  # after it has begun to open the store


def killed(path: Path, seed: int, moment_s: float) -> list[tuple[int, int]]:
    """(id, length) of everything that the child said was safe before it was killed."""
    command = [sys.executable, "-S", "-m", CHILD, str(path), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        timer = threading.Timer(moment_s, child.kill)
        timer.start()
        lines = child.stdout.read().split("\n")[:-1]  # the last may be cut
        timer.join()
    assert child.returncode not in (0, 1), "it ended by itself"
    return [(int(number), int(length)) for number, length in (line.split() for line in lines)]


def check_tree(nodes: tuple[Node, ...], path_ids: tuple[int, ...], chosen: frozenset[int]) -> None:
    """The path goes from a first message to a last one along the chosen ones."""
    parent_of = {node.id: node.parent_id for node in nodes}
    assert [parent_of[number] for number in path_ids] == [None, *path_ids[:-1]]
    assert chosen.issuperset(path_ids)
    assert not [n for n in nodes if n.parent_id == path_ids[-1]], "the path ends too early"


def test_no_message_that_was_shown_as_saved_is_lost_by_a_kill(tmp_path: Path) -> None:
    random.seed(17)
    everything: dict[int, int] = {}
    old = tmp_path / "conversations.db"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, KILLS, AT_ONCE):
            # Every tenth time it is a new file, so that some are hit while they make it.
            path = old if start % (10 * AT_ONCE) else tmp_path / f"new-{start}.db"
            seeds = range(start, start + AT_ONCE)
            moments = [random.uniform(0, LATEST_S) for _ in seeds]
            said = pool.map(killed, [path] * AT_ONCE, seeds, moments)
            told = [line for lines in said for line in lines]
            everything |= dict(told if path == old else ())
            check_file(path, told)
    assert len(everything) > KILLS, "the children came to say something"
    check_file(old, list(everything.items()))
    with Store(old) as store:
        for conversation in store.conversations(limit=1_000):
            tree = store.tree(conversation.id)
            assert len(tree) == conversation.n_messages
            check_tree(tree, store.path_ids(conversation.id), store.chosen_ids(conversation.id))
        answers = [n for n in everything if store.node(n).message.role == "assistant"]
        for node_id in random.sample(answers, 20):
            assert node_id in {hit.node_id for hit in store.search(f"[{node_id}]")}


def check_file(path: Path, told: list[tuple[int, int]]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with Store(path) as store:
        assert store.recovered is None
        for node_id, length in told:
            text = store.node(node_id).message.content
            assert len(text) >= length
            assert text in ("?" * len(text), text_of(node_id, len(text)))

"""Searching 20,000 messages, by the store and by a LIKE scan of the same file, in the same run."""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from common import summary

from yi_local.store.conversations import Store
from yi_local.store.records import Conversation, Node
from yi_local.types import Message

MESSAGES, PER_CONVERSATION, ROUNDS = 20_000, 100, 7
QUERIES = ("量子纠缠", "模型", "零", "的", "quantum entang", "llama模型", "the", "no such words")
SAID = (
    "昨天我们讨论了大语言模型的训练方法，包括数据清洗、分词和学习率的选择。",
    "我想去北京旅行三天，请帮我安排一个不太累的行程，最好有博物馆。",
    "このライブラリのインストール方法を教えてください。エラーが出て困っています。",
    "Please explain how a hash table resolves collisions, with a short example in Python.",
    "The weather is fine; let us talk about gardens, tomatoes and the patience they need.",
    "用llama模型回答时，上下文太长会怎么样？温度又有什么作用？",
)
RARE = ("量子纠缠是两个粒子之间的关联。", "Quantum entanglement links two particles.", "零一万物")


def main() -> None:
    random.seed(5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "conversations.db")
        begun = time.perf_counter()
        with Store(path) as store:
            fill(store)
            print(f"{MESSAGES} messages stored and indexed in {time.perf_counter() - begun:.1f} s")
            with closing(sqlite3.connect(path)) as scan:
                for query in QUERIES:
                    compare(store, scan, query)
        print(f"file: {path.stat().st_size / 1e6:.0f} MB")


def fill(store: Store) -> None:
    for start in range(0, MESSAGES, PER_CONVERSATION):
        nodes = [
            Node(n, 0, n - 1 if n > start else None, Message("user", text()), float(n), None)
            for n in range(start, start + PER_CONVERSATION)
        ]
        store.put(Conversation(0, "", False, None, None, None), nodes, ())


def text() -> str:
    said = random.choices(SAID, k=random.randint(1, 30))
    if random.random() < 0.001:
        said.insert(random.randrange(len(said)), random.choice(RARE))
    return "\n".join(said)


def compare(store: Store, scan: sqlite3.Connection, query: str) -> None:
    ours = timed(lambda: store.search(query))
    theirs = timed(lambda: like(scan, query))
    print(summary(f"{query!r}, store ({len(store.search(query))} shown)", ours, "ms"))
    print(summary(f"{query!r}, LIKE ({len(like(scan, query))} found)", theirs, "ms"))
    print(f"ratio LIKE / store: {statistics.median(theirs) / statistics.median(ours):.1f}")


def like(connection: sqlite3.Connection, query: str) -> list[tuple[int, str]]:
    """Every message that has all the words: neither ranked nor cut to a piece."""
    words = query.split()
    where = " AND ".join("content LIKE ?" for _ in words)
    question = f"SELECT id, content FROM messages WHERE {where}"
    return connection.execute(question, [f"%{word}%" for word in words]).fetchall()


def timed(action: Callable[[], object]) -> list[float]:
    """Milliseconds per round, after one that warms the file cache."""
    action()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        action()
        times.append(1000 * (time.perf_counter() - begun))
    return times


if __name__ == "__main__":
    main()

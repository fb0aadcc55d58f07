"""Talks into a store without end, and says of each message when it is safe; killed from outside.

Lines: "begun", then "ID LENGTH" of each message whose text has at least that length from now on.
The text of an answer is its id's own, repeated. Imports nothing but the store: it is started two
hundred times.
"""

import random
import sys
from pathlib import Path

from yi_local.errors import UsageError
from yi_local.store.conversations import Store
from yi_local.store.records import Node

PIECES = 6


def text_of(node_id: int, length: int) -> str:
    own = f"[{node_id}] 人工智能 text. "
    return (own * (length // len(own) + 1))[:length]


def main(path: Path, seed: int) -> None:
    print("begun", flush=True)
    random.seed(seed)
    store = Store(path)
    if store.recovered is not None:
        print("recovered", store.recovered, flush=True)
    known = store.conversations(limit=3)
    conversation_id = random.choice(known).id if known and seed % 4 else store.create().id
    while True:
        path_ids = store.path_ids(conversation_id)
        try:
            question = ask(store, conversation_id, parent_of(store, path_ids))
        except UsageError:  # the other process has just taken back that answer
            continue
        for _ in range(random.randint(1, 2)):
            stream(store, question)
        if random.random() < 0.3:
            store.choose(random.choice(store.path_ids(conversation_id)))
        if random.random() < 0.2:
            store.discard(store.begin_answer(conversation_id, question.id, "m").id)
        if random.random() < 0.2:
            store.update(conversation_id, title=f"title {random.random()}")


def parent_of(store: Store, path_ids: tuple[int, ...]) -> int | None:
    """The end of the path; or, for an edited question, what an earlier one has as its parent."""
    if not path_ids or random.random() < 0.7:
        return path_ids[-1] if path_ids else None
    return store.node(random.choice(path_ids)).parent_id


def ask(store: Store, conversation_id: int, parent_id: int | None) -> Node:
    """Its text cannot name its id before it has one."""
    question = store.ask(conversation_id, parent_id, "?" * random.randint(1, 6_000))
    tell(question.id, len(question.message.content))
    return question


def stream(store: Store, question: Node) -> None:
    node_id = store.begin_answer(question.conversation_id, question.id, "m").id
    length = 0
    for _ in range(random.randint(1, PIECES)):
        length += random.randint(1, 2_000)
        store.write(node_id, text_of(node_id, length))
        tell(node_id, length)
    if random.random() < 0.8:
        store.finish(node_id, text_of(node_id, length + 1), "stop", None)
        tell(node_id, length + 1)


def tell(node_id: int, length: int) -> None:
    print(node_id, length, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

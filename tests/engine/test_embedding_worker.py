"""Which texts are embedded together, and whose turn it is."""

from collections.abc import Sequence
from queue import Queue
from typing import Any

import pytest

from yi_local.engine.worker.embedding.worker import EmbeddingWorker
from yi_local.errors import YiLocalError
from yi_local.types import Json


class Embedder:
    """A token for each letter; remembers its steps."""

    n_ctx, step_tokens, n_seq_max, could_be_longer = 20, 10, 4, True

    def __init__(self) -> None:
        self.steps: list[list[str]] = []
        self.fails = False

    def token_ids(self, text: str) -> list[int]:
        return list(map(ord, text))

    def embed(self, texts: Sequence[Sequence[int]]) -> list[list[float]]:
        if self.fails:
            raise YiLocalError("broken")
        self.steps.append(["".join(map(chr, text)) for text in texts])
        return [[float(len(text))] for text in texts]


class Run:
    def __init__(self) -> None:
        self.embedder, self.inbox, self.lines = Embedder(), Queue[Json](), list[Json]()
        embedder: Any = self.embedder
        self.worker = EmbeddingWorker(embedder, self.inbox, self.lines.append)

    def ask(self, number: int, *texts: str) -> None:
        self.inbox.put({"op": "embed", "id": number, "texts": list(texts)})

    def until(self, n_lines: int) -> list[int]:
        """Whose lines they are, in order."""
        while len(self.lines) < n_lines:
            self.worker.run_once()
        return [line["id"] for line in self.lines]


@pytest.fixture
def run() -> Run:
    return Run()


def test_short_texts_share_a_step(run: Run) -> None:
    run.ask(1, "aaa", "bbb", "ccc", "ddd", "e", "f", "g", "h", "i")
    run.until(9)
    assert run.embedder.steps == [["aaa", "bbb", "ccc"], ["ddd", "e", "f", "g"], ["h", "i"]]
    assert [line["prompt_tokens"] for line in run.lines] == [3, 3, 3, 3, 1, 1, 1, 1, 1]


def test_a_long_text_has_a_step_alone(run: Run) -> None:
    run.ask(1, "a", "b" * 20, "c")
    run.until(3)
    assert run.embedder.steps == [["a"], ["b" * 20], ["c"]]


def test_requests_share_a_step(run: Run) -> None:
    run.ask(1, "a")
    run.ask(2, "b", "b")
    assert run.until(3) == [1, 2, 2]
    assert run.embedder.steps == [["a", "b", "b"]]


def test_requests_take_turns(run: Run) -> None:
    run.ask(1, *["a" * 9] * 5)
    run.ask(2, *["b" * 9] * 2)
    assert run.until(7) == [1, 2, 1, 2, 1, 1, 1]


def test_a_cancelled_request_is_computed_no_further(run: Run) -> None:
    run.ask(1, *["a" * 9] * 5)
    run.until(1)
    run.inbox.put({"op": "cancel", "id": 1})
    run.ask(2, "b")
    assert run.until(2) == [1, 2]
    assert run.embedder.steps == [["a" * 9], ["b"]]


def test_what_fails_is_told_to_all_that_were_in_the_step(run: Run) -> None:
    run.embedder.fails = True
    run.ask(1, *["a"] * 9)
    run.ask(2, "b" * 10)
    run.until(1)
    assert [(line["id"], line["event"]) for line in run.lines] == [(1, "error")]
    run.embedder.fails = False
    assert run.until(2) == [1, 2]


def test_a_refused_request_leaves_the_others_alone(run: Run) -> None:
    run.ask(1, "a")
    run.ask(2, "b", "b" * 21)
    run.inbox.put({"op": "chat", "id": 3})
    run.ask(4, "d")
    assert sorted(run.until(4)) == [1, 2, 3, 4]
    kinds = {line["id"]: line.get("kind") for line in run.lines}
    assert kinds == {1: None, 2: "prompt_too_long", 3: "usage", 4: None}

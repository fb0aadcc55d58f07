"""yi_local.server.page.telling: a session's events, as the page is told of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from yi_local.assistant.talk.events import Begun, Kept, SessionEvent
from yi_local.errors import EngineDied
from yi_local.server.page.telling import Telling
from yi_local.store.conversations import Store
from yi_local.store.records import Node
from yi_local.types import Done, Remark, TextDelta, Thinking, Usage

USAGE = Usage(1, 0, 2, None, None, None)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as made:
        yield made


@pytest.fixture
def answer(store: Store) -> Node:
    """That has begun."""
    chat = store.create(model="tiny")
    return store.begin_answer(chat.id, store.ask(chat.id, None, "a").id, "tiny")


def pieces(answer: Node, clock: Clock, n: int, gap_s: float) -> Iterator[SessionEvent]:
    yield Begun(answer)
    for _ in range(n):
        yield TextDelta("word ")
        clock.now += gap_s


def kinds(told: list[Any]) -> list[str]:
    return ["usage" if isinstance(each, Usage) else each["type"] for each in told]


def test_fast_pieces_are_drawn_together(store: Store, answer: Node) -> None:
    clock = Clock()
    told = list(Telling(store, clock).told(pieces(answer, clock, 100, 0.01)))
    assert 10 <= kinds(told).count("blocks") <= 20


def test_slow_pieces_are_drawn_each(store: Store, answer: Node) -> None:
    clock = Clock()
    told = list(Telling(store, clock).told(pieces(answer, clock, 10, 0.2)))
    assert kinds(told).count("blocks") == 10


def test_a_long_block_is_drawn_less_often(store: Store, answer: Node) -> None:
    clock = Clock()

    def events() -> Iterator[SessionEvent]:
        yield Begun(answer)
        yield TextDelta("```\n" + "x" * 200_000)
        for _ in range(100):
            yield TextDelta("word ")
            clock.now += 0.01

    assert kinds(list(Telling(store, clock).told(events()))).count("blocks") <= 4


def test_the_end_is_drawn_before_it_is_kept(store: Store, answer: Node) -> None:
    clock = Clock()
    kept = store.finish(answer.id, "# *ab*", "stop", None)
    events = [Begun(answer), TextDelta("# *a"), TextDelta("b*"), Done("stop", USAGE), Kept(kept)]
    told: list[Any] = list(Telling(store, clock).told(iter(events)))
    assert kinds(told) == ["begun", "blocks", "blocks", "usage", "kept"]
    assert told[2]["blocks"] == told[-1]["message"]["blocks"] == [["h1", {}, ["em", {}, "ab"]]]


def test_what_a_model_elsewhere_says_beside_its_answer_is_told_without_places(
    store: Store, answer: Node
) -> None:
    events = [Begun(answer), Thinking(), Remark("it read /home/me/x.txt"), Done("stop", USAGE)]
    told: list[Any] = list(Telling(store).told(iter(events)))
    assert told[1:3] == [{"type": "thinking"}, {"type": "remark", "text": "it read [path]"}]
    assert told[-1] == {"type": "gone"}


def test_an_error_comes_after_what_is_left(store: Store, answer: Node) -> None:
    def dying() -> Iterator[SessionEvent]:
        yield Begun(answer)
        yield TextDelta("half")
        store.finish(answer.id, "half", "error", None)
        raise EngineDied("It died.")

    told: list[Any] = []
    with pytest.raises(EngineDied):
        told.extend(Telling(store).told(dying()))  # as far as it got
    assert kinds(told)[-1] == "kept"
    store.remove(answer.conversation_id)

    def late() -> Iterator[SessionEvent]:
        yield Begun(answer)
        raise EngineDied("It died.")

    telling = Telling(store).told(late())
    assert next(telling)["type"] == "begun"  # type: ignore[index]
    assert next(telling) == {"type": "gone"}
    with pytest.raises(EngineDied):
        next(telling)

"""yi_local.assistant.exchange.native: nothing is lost on the way."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.assistant.exchange.trees import wholes
from yi_local.assistant.exchange.gathering import gather
from yi_local.assistant.exchange.importing import bring_in
from yi_local.assistant.exchange.native import from_json, to_json
from yi_local.assistant.exchange.whole import Read, Whole, path_of
from yi_local.errors import UsageError
from yi_local.store.conversations import Store
from yi_local.store.records import Conversation, Node
from yi_local.types import Message


@given(st.lists(wholes(), max_size=3))
def test_what_is_exported_comes_back_as_it_was(some: list[Whole]) -> None:
    text = to_json(some)
    text.encode("utf-8")
    read = from_json(json.loads(text))
    assert read == Read(tuple(some))


@given(wholes())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_through_the_store_and_a_file_into_another_store_nothing_is_lost(whole: Whole) -> None:
    with Store.in_memory() as store, Store.in_memory() as other:
        bring_in(store, Read((whole,)))
        [gathered] = gather(store)
        assert _without_ids(gathered) == _without_ids(whole)
        assert [node.id for node in path_of(gathered)] == list(
            store.path_ids(gathered.conversation.id)
        )
        bring_in(other, from_json(json.loads(to_json([gathered]))))
        [again] = gather(other)
        assert _without_ids(again) == _without_ids(gathered)


def _without_ids(whole: Whole) -> tuple[object, ...]:
    """Numbers by order instead of the store's."""
    order = {node.id: number for number, node in enumerate(whole.nodes)}
    nodes = [
        replace(
            node,
            id=order[node.id],
            parent_id=None if node.parent_id is None else order[node.parent_id],
            conversation_id=0,
            receipt=node.receipt
            and replace(
                node.receipt, left_out=tuple(order[each] for each in node.receipt.left_out)
            ),
        )
        for node in whole.nodes
    ]
    chosen = {order[node_id] for node_id in whole.chosen}
    return replace(whole.conversation, id=0), nodes, chosen


def test_a_newer_version_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="version 2") as refused:
        from_json({"format": "yi_local conversations", "version": 2, "conversations": []})
    assert refused.value.hint == "Upgrade yi_local."


def test_a_broken_conversation_is_told_and_the_others_come_in() -> None:
    value = json.loads(to_json([_one("good"), _one("odd"), _one("also good")]))
    del value["conversations"][1]["messages"][0]["content"]
    value["conversations"].append("no conversation")
    read = from_json(value)
    assert [whole.conversation.title for whole in read.wholes] == ["good", "also good"]
    assert [(each.title, each.reason) for each in read.broken] == [
        ("odd", "'content' is missing"),
        ("", "it is not built as a conversation"),
    ]


def test_a_message_before_the_one_it_answers_is_broken() -> None:
    value = json.loads(to_json([_one("a", 2)]))
    value["conversations"][0]["messages"].reverse()
    [broken] = from_json(value).broken
    assert broken.reason == "message 2 comes before the one it answers"


def test_the_same_file_twice_brings_nothing_twice() -> None:
    read = Read((_one("one"), _one("two"), _one("two")))
    with Store.in_memory() as store:
        first, second = bring_in(store, read), bring_in(store, read)
        assert (len(first.conversations), first.n_known) == (2, 1)
        assert (len(second.conversations), second.n_known) == (0, 3)
        assert len(store.conversations()) == 2
        other = replace(_one("one"), nodes=_one("one", text="something else").nodes)
        assert len(bring_in(store, Read((other,))).conversations) == 1


def _one(title: str, n_nodes: int = 1, text: str = "hi") -> Whole:
    nodes = tuple(
        Node(number, 1, number - 1 or None, Message("user", text), 5.0, None)
        for number in range(1, n_nodes + 1)
    )
    conversation = Conversation(1, title, False, None, None, None, {}, 5.0, 5.0, n_nodes)
    return Whole(conversation, nodes, frozenset(node.id for node in nodes))

"""A whole conversation goes from one store into another without a loss."""

from dataclasses import replace

import pytest

from tests.store.talking import RECEIPT, answer, ask, texts
from yi_local.errors import UsageError
from yi_local.store.conversations import Store
from yi_local.store.receipts import receipt_from, receipt_json, receipt_of, receipt_text
from yi_local.store.records import Attachment, Conversation, Node
from yi_local.types import Message

PLAIN = Conversation(0, "", False, None, None, None)


def test_a_tree_with_branches_is_put_as_it_was(store: Store) -> None:
    conversation = store.create(system="s", model="m", preset="p", sampling={"top_k": 1}, title="t")
    first = store.ask(conversation.id, None, "1", [Attachment("a", "b")])
    a = store.begin_answer(conversation.id, first.id, "demo")
    store.finish(a.id, "a", "length", replace(RECEIPT, left_out=(first.id, 999)))
    answer(store, first, "b")
    store.ask(conversation.id, None, "1b")
    store.choose(a.id)
    store.pin(a.id, True)
    original = store.conversation(conversation.id)
    with Store.in_memory() as other:
        ask(other, "takes the first ids")
        tree, chosen = store.tree(original.id), store.chosen_ids(original.id)
        put = other.put(original, tree, chosen)
        assert replace(put, id=original.id) == original
        new = dict(zip((n.id for n in tree), (n.id for n in other.tree(put.id)), strict=True))
        expected = [
            replace(
                node,
                id=new[node.id],
                conversation_id=put.id,
                parent_id=None if node.parent_id is None else new[node.parent_id],
                receipt=node.receipt and replace(node.receipt, left_out=(new[first.id],)),
            )
            for node in tree
        ]
        assert list(other.tree(put.id)) == expected
        assert other.chosen_ids(put.id) == {new[number] for number in chosen}
        assert texts(other.path(put.id)) == texts(store.path(original.id)) == ["1", "a"]
        assert [hit.node_id for hit in other.search("1b")] == [new[tree[-1].id]]


def test_without_a_choice_the_last_of_each_is_chosen(store: Store) -> None:
    nodes = [
        Node(7, 0, None, Message("user", "1"), 1.0, None),
        Node(5, 0, 7, Message("assistant", "a"), 2.0, "stop"),
        Node(3, 0, 7, Message("assistant", "b"), 3.0, "stop"),
    ]
    assert texts(store.path(store.put(PLAIN, nodes, ()).id)) == ["1", "b"]
    assert texts(store.path(store.put(PLAIN, nodes, {5}).id)) == ["1", "a"]


def test_an_import_is_whole_or_nothing(store: Store) -> None:
    orphan = [
        Node(1, 0, None, Message("user", "1"), 1.0, None),
        Node(2, 0, 9, Message("user", "2"), 1.0, None),
    ]
    with pytest.raises(UsageError, match="message 2 answers one that is not there"):
        store.put(PLAIN, orphan, ())
    assert store.conversations() == ()
    assert store.search("1") == ()


def test_a_receipt_survives_json() -> None:
    assert receipt_from(receipt_text(RECEIPT)) == RECEIPT
    bare = replace(RECEIPT, usage=None, left_out=(), load={}, system=None)
    assert receipt_from(receipt_text(bare)) == bare
    assert receipt_from(receipt_text(None)) is None


def test_a_receipt_of_another_version_is_understood_as_far_as_possible() -> None:
    values = receipt_json(RECEIPT)
    newer = values | {"weather": "fine", "sampling": values["sampling"] | {"magic": 1}}
    assert receipt_of(newer) == RECEIPT
    del values["continued_chars"]
    older = receipt_of(values)
    assert older is not None
    assert older.continued_chars == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sampling": 3}', '{"sampling": {"top_p": 7}}'])
def test_a_receipt_that_makes_no_sense_is_none(text: str) -> None:
    assert receipt_from(text) is None

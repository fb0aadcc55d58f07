"""The current path is read in pieces, from its end, however long it is."""

import pytest

from tests.store.talking import answer, ask, texts
from yi_local.errors import UsageError
from yi_local.store.conversations import Store
from yi_local.store.records import Conversation, Node
from yi_local.types import Message

LONG = 5_000


@pytest.fixture
def long_id(store: Store) -> int:
    nodes = [
        Node(n, 0, n - 1 if n else None, Message("user", f"message {n}"), float(n), None)
        for n in range(LONG)
    ]
    return store.put(Conversation(0, "", False, None, None, None), nodes, ()).id


def test_the_end_of_a_long_path_is_read_alone(store: Store, long_id: int) -> None:
    ids = store.path_ids(long_id)
    assert len(ids) == LONG
    assert texts(store.path(long_id, last=2)) == ["message 4998", "message 4999"]
    assert [node.id for node in store.path(long_id)] == list(ids)
    assert store.path(long_id, last=10 * LONG) == store.path(long_id)
    assert store.path(long_id, last=0) == ()


def test_a_path_is_read_upwards_page_by_page(store: Store, long_id: int) -> None:
    pages = [store.path(long_id, last=700)]
    while page := store.path(long_id, last=700, before=pages[-1][0].id):
        pages.append(page)
    read = [node for page in reversed(pages) for node in page]
    assert read == list(store.path(long_id))


def test_a_very_long_conversation_can_be_branched_at_its_top_and_removed(
    store: Store, long_id: int
) -> None:
    first = store.path_ids(long_id)[0]
    branch = store.ask(long_id, first, "branch")
    assert store.path_ids(long_id) == (first, branch.id)
    store.choose(store.siblings(branch.id)[0])
    assert len(store.path_ids(long_id)) == LONG
    assert len(store.siblings_of(store.path_ids(long_id))) == LONG
    store.remove(long_id)
    assert store.conversations() == ()
    assert store.search("branch") == ()


def test_a_path_to_a_message_does_not_mind_what_is_chosen(store: Store) -> None:
    first, second = ask(store, "1", "2")
    a = answer(store, second, "a")
    store.ask(first.conversation_id, None, "elsewhere")
    assert texts(store.path_to(a.id)) == ["1", "2", "a"]
    assert texts(store.path(first.conversation_id, before=a.id)) == ["1", "2"]
    assert store.path(first.conversation_id, before=first.id) == ()


def test_siblings_of_many_are_those_of_each(store: Store) -> None:
    first, second = ask(store, "1", "2")
    other = store.ask(first.conversation_id, None, "1b")
    a, b = answer(store, second, "a"), answer(store, second, "b")
    [elsewhere] = ask(store, "x")
    ids = [first.id, second.id, other.id, a.id, b.id, elsewhere.id]
    assert store.siblings_of(ids) == {number: store.siblings(number) for number in ids}
    assert store.siblings_of([]) == {}
    assert store.siblings_of([99]) == {}


def test_a_conversation_without_messages_has_an_empty_path(store: Store) -> None:
    empty = store.create()
    assert store.path(empty.id) == ()
    assert store.path_ids(empty.id) == ()
    assert store.tree(empty.id) == ()
    assert store.chosen_ids(empty.id) == frozenset()
    with pytest.raises(UsageError, match="no conversation 99"):
        store.path(99)

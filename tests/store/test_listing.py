"""Conversations are listed, changed, and removed for good; notes are kept."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.talking import answer, ask
from yi_local.errors import UsageError
from yi_local.store.conversations import Store
from yi_local.store.records import Conversation, Node
from yi_local.types import Message


def imported(store: Store, *times_s: float) -> list[int]:
    """A conversation of one message for each time."""
    plain = Conversation(0, "", False, None, None, None)
    nodes = [Node(1, 0, None, Message("user", "x"), time_s, None) for time_s in times_s]
    return [store.put(plain, [node], ()).id for node in nodes]


def test_a_new_conversation_knows_what_it_was_given(store: Store) -> None:
    made = store.create(
        system="系统", model="demo", preset="冷", sampling={"temperature": 0}, title="题"
    )
    assert store.conversation(made.id) == made
    assert (made.system, made.model, made.preset, made.title) == ("系统", "demo", "冷", "题")
    assert made.sampling == {"temperature": 0}
    assert not made.titled
    assert made.n_messages == 0
    assert abs(made.created_s - time.time()) < 60


def test_the_list_is_newest_first_and_without_empty_ones(store: Store) -> None:
    [old] = ask(store, "old")
    store.create(title="empty")
    [new] = ask(store, "new")
    assert [each.id for each in store.conversations()] == [new.conversation_id, old.conversation_id]
    answer(store, old, "and on")
    listed = store.conversations()
    assert [each.id for each in listed] == [old.conversation_id, new.conversation_id]
    assert listed[0].n_messages == 2
    assert listed[0].updated_s == store.path(old.conversation_id)[-1].created_s


def test_pages_of_the_list_leave_none_out(store: Store) -> None:
    ids = imported(store, 1.0, 2.0, 2.0, 2.0, 3.0)
    pages, before = [], None
    while page := store.conversations(limit=2, before_s=before):
        pages += [each.id for each in page]
        before = page[-1].updated_s
    assert pages == ids[::-1]
    assert store.conversations(limit=0) == ()


def test_fields_can_be_changed_one_by_one(store: Store) -> None:
    made = store.create(model="a", sampling={"top_k": 3})
    changed = store.update(made.id, title="新", titled=True)
    assert (changed.title, changed.titled, changed.model) == ("新", True, "a")
    changed = store.update(made.id, model=None, system="", sampling={})
    assert (changed.model, changed.system, changed.sampling) == (None, "", {})
    assert store.update(made.id) == changed == store.conversation(made.id)
    with pytest.raises(TypeError, match="n_messages"):
        store.update(made.id, n_messages=3)
    with pytest.raises(UsageError, match="There is no conversation 99"):
        store.update(99, title="x")


def test_empty_conversations_can_be_swept_away(store: Store) -> None:
    [kept] = ask(store, "x")
    empty = store.create(title="leer")
    store.remove_empty()
    assert store.conversation(kept.conversation_id).n_messages == 1
    with pytest.raises(UsageError):
        store.conversation(empty.id)
    assert store.search("leer") == ()


def test_what_is_removed_is_gone_from_the_disk(store: Store, path: Path) -> None:
    [secret] = ask(store, "geheimnisvoll 極秘計画 " * 500)
    answer(store, secret, "zugestimmt " * 500)
    store.update(secret.conversation_id, title="Verschwiegenes")
    [kept] = ask(store, "something else")
    words = [word.encode() for word in ("geheimnis", "極秘計画", "極秘", "zugestimmt", "erschwieg")]
    assert all(any(word in data for data in on_disk(path)) for word in words)
    store.remove(secret.conversation_id)
    assert not [word for word in words for data in on_disk(path) if word in data]
    assert store.path_ids(kept.conversation_id) == (kept.id,)
    with pytest.raises(UsageError):
        store.remove(secret.conversation_id)
    with pytest.raises(UsageError):
        store.node(secret.id)


def on_disk(path: Path) -> Iterator[bytes]:
    return (file.read_bytes() for file in path.parent.iterdir())


def test_notes_are_kept_until_they_are_taken_away(store: Store, path: Path) -> None:
    assert store.note("last model") is None
    store.keep_note("last model", "demo")
    store.keep_note("last model", "yi")
    with Store(path) as again:
        assert again.note("last model") == "yi"
        again.keep_note("last model", None)
    assert store.note("last model") is None


def test_memory_is_shared_by_threads_and_keeps_nothing() -> None:
    with Store.in_memory() as store, Store.in_memory() as other:
        [question] = ask(store, "只在内存里")
        assert store.recovered is None
        assert store.search("内存")[0].node_id == question.id
        assert other.conversations() == ()

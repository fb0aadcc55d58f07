"""What is said is kept as it is said, in a tree of which nothing is overwritten."""

from dataclasses import replace

import pytest

from tests.store.talking import RECEIPT, answer, ask, texts
from yi_local.errors import UsageError
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment
from yi_local.types import Message


def test_a_question_and_its_answer_come_back_as_they_were(store: Store) -> None:
    conversation = store.create(model="demo")
    files = (Attachment("读我.txt", "内容\n二"), Attachment("empty", ""))
    question = store.ask(conversation.id, None, "你好？", files)
    begun = store.begin_answer(conversation.id, question.id, "demo")
    assert begun.finish_reason is None
    assert begun.message == Message("assistant", "")
    store.write(begun.id, "你好")
    finished = store.finish(begun.id, "你好！", "stop", RECEIPT)
    assert finished.receipt == RECEIPT
    assert finished.model == "demo"
    assert store.path(conversation.id) == (question, finished)
    assert question.message == Message("user", "你好？")
    assert question.attachments == files
    assert question.finish_reason is None


def test_an_answer_that_was_never_finished_is_there_as_far_as_it_got(store: Store) -> None:
    [question] = ask(store, "?")
    begun = store.begin_answer(question.conversation_id, question.id, "demo")
    store.write(begun.id, "as far as")
    [_, cut] = store.path(question.conversation_id)
    assert cut.message.content == "as far as"
    assert cut.finish_reason is None


def test_an_answer_that_goes_on_is_unfinished_until_it_ends_again(store: Store) -> None:
    [question] = ask(store, "?")
    cut = answer(store, question, "one")
    store.write(cut.id, "one two")
    assert store.node(cut.id).finish_reason is None
    assert store.finish(cut.id, "one two three", "length", RECEIPT).finish_reason == "length"


def test_asking_again_makes_a_sibling_and_the_path_goes_through_it(store: Store) -> None:
    first, second, third = ask(store, "1", "2", "3")
    edited = store.ask(first.conversation_id, first.id, "2b")
    assert texts(store.path(first.conversation_id)) == ["1", "2b"]
    assert store.siblings(edited.id) == store.siblings(second.id) == (second.id, edited.id)
    store.choose(second.id)
    assert store.path_ids(first.conversation_id) == (first.id, second.id, third.id)


def test_the_first_message_can_be_asked_again(store: Store) -> None:
    [first] = ask(store, "1")
    other = store.ask(first.conversation_id, None, "1b")
    assert store.siblings(first.id) == (first.id, other.id)
    assert store.path_ids(first.conversation_id) == (other.id,)
    store.choose(first.id)
    assert store.path_ids(first.conversation_id) == (first.id,)


def test_a_message_below_a_branch_that_is_not_chosen_leads_the_path_there(store: Store) -> None:
    first, second, third = ask(store, "1", "2", "3")
    store.ask(first.conversation_id, first.id, "2b")
    fourth = store.ask(first.conversation_id, third.id, "4")
    path = store.path_ids(first.conversation_id)
    assert path == (first.id, second.id, third.id, fourth.id)


def test_choosing_keeps_what_was_chosen_further_down(store: Store) -> None:
    first, second = ask(store, "1", "2")
    a = answer(store, second, "a")
    b = answer(store, second, "b")
    store.choose(a.id)
    store.ask(first.conversation_id, None, "other")
    store.choose(first.id)
    assert store.path_ids(first.conversation_id) == (first.id, second.id, a.id)
    store.choose(b.id)
    store.choose(second.id)
    assert store.path_ids(first.conversation_id)[-1] == b.id


def test_what_is_discarded_leaves_the_choice_as_it_was_before(store: Store) -> None:
    first, second = ask(store, "1", "2")
    a, b = answer(store, second, "a"), answer(store, second, "b")
    below = store.ask(first.conversation_id, a.id, "below a")
    before = store.conversation(first.conversation_id)
    begun = store.begin_answer(first.conversation_id, second.id, "demo")
    store.discard(begun.id)
    assert store.path_ids(first.conversation_id) == (first.id, second.id, a.id, below.id)
    assert store.siblings(a.id) == (a.id, b.id)
    assert store.conversation(first.conversation_id) == before
    with pytest.raises(UsageError):
        store.node(begun.id)


def test_the_only_answer_can_be_discarded(store: Store) -> None:
    [question] = ask(store, "?")
    store.discard(store.begin_answer(question.conversation_id, question.id, "demo").id)
    assert store.path_ids(question.conversation_id) == (question.id,)
    again = store.ask(question.conversation_id, question.id, "again")
    assert store.path_ids(question.conversation_id) == (question.id, again.id)


def test_answers_side_by_side_can_be_discarded_in_any_order(store: Store) -> None:
    [question] = ask(store, "?")
    begun = [store.begin_answer(question.conversation_id, question.id, "m").id for _ in range(3)]
    store.discard(begun[1])
    assert store.path_ids(question.conversation_id) == (question.id, begun[2])
    store.discard(begun[2])  # the one before it is gone already
    assert store.path_ids(question.conversation_id) == (question.id, begun[0])


def test_what_has_a_text_or_something_below_it_is_not_discarded(store: Store) -> None:
    [question] = ask(store, "?")
    spoken = store.begin_answer(question.conversation_id, question.id, "demo")
    store.write(spoken.id, "a")
    silent = store.begin_answer(question.conversation_id, question.id, "demo")
    below = store.ask(question.conversation_id, silent.id, "below")
    store.discard(spoken.id)
    store.discard(silent.id)
    assert store.siblings(spoken.id) == (spoken.id, silent.id)
    assert store.path_ids(question.conversation_id) == (question.id, silent.id, below.id)


def test_an_id_is_never_used_twice(store: Store) -> None:
    [question] = ask(store, "?")
    begun = store.begin_answer(question.conversation_id, question.id, "demo")
    store.discard(begun.id)
    assert answer(store, question, "a").id > begun.id


def test_a_message_can_be_pinned(store: Store) -> None:
    [question] = ask(store, "?")
    assert store.pin(question.id, True).pinned
    assert store.node(question.id).pinned
    assert not store.pin(question.id, False).pinned


def test_what_is_not_there_is_told_in_words(store: Store) -> None:
    [question] = ask(store, "?")
    other = store.create()
    for wrong in (
        lambda: store.node(99),
        lambda: store.write(99, "x"),
        lambda: store.finish(99, "x", "stop", None),
        lambda: store.discard(99),
        lambda: store.choose(99),
        lambda: store.pin(99, True),
        lambda: store.siblings(99),
        lambda: store.path_to(99),
        lambda: store.ask(question.conversation_id, 99, "x"),
    ):
        with pytest.raises(UsageError, match="There is no message 99"):
            wrong()
    with pytest.raises(UsageError, match="There is no conversation 99"):
        store.ask(99, None, "x")
    with pytest.raises(UsageError, match="belongs to another conversation"):
        store.ask(other.id, question.id, "x")


@pytest.mark.parametrize("text", ["", "a\0b", "half \ud83d of a pair", "\udcff\ud800", "🙂 é ﷽"])
def test_any_text_comes_back_as_it_was(store: Store, text: str) -> None:
    conversation = store.create(title=text, system=text, model=text, preset=text)
    assert (conversation.title, conversation.system) == (text, text)
    question = store.ask(conversation.id, None, text, [Attachment(text, text)])
    assert store.node(question.id).message.content == text
    assert store.node(question.id).attachments == (Attachment(text, text),)
    begun = store.begin_answer(conversation.id, question.id, text)
    finished = store.finish(begun.id, text, "stop", replace(RECEIPT, model=text, system=text))
    assert finished.message.content == finished.model == text
    assert finished.receipt is not None
    assert finished.receipt.model == finished.receipt.system == text
    store.keep_note("a note", text)
    assert store.note("a note") == text

"""yi_local.assistant.talk.session: questions and answers, with a real client and a fake engine."""

import json
from collections.abc import Callable

import pytest

from tests.talking import kept_of, said, session_of, text_of
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.talk.session import Asked, Begun, Kept, Session
from yi_local.errors import (
    Cancelled,
    EngineDied,
    ModelNotFound,
    PromptTooLong,
    UsageError,
    YiLocalError,
)
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment
from yi_local.types import Done, LoadProgress, TextDelta

ModelWith = Callable[..., OpenModel]


def first(session: Session, kind: type, text: str) -> object:
    """Reads on until such an event, and leaves the answer there."""
    return next(event for event in session.send(text) if isinstance(event, kind))


def test_events_come_in_their_order_and_the_answer_is_kept(session: Session) -> None:
    events = list(session.send("say 你好，世界"))
    kinds = [type(event) for event in events]
    assert kinds[0] is Asked
    assert kinds[1] is LoadProgress
    assert kinds.index(LoadProgress) < kinds.index(Begun) < kinds.index(TextDelta)
    assert kinds[-2:] == [Done, Kept]
    assert text_of(events) == "你好，世界"
    assert said(session) == [("user", "say 你好，世界"), ("assistant", "你好，世界")]
    assert kept_of(events).finish_reason == "stop"
    assert kept_of(events) == session.path()[-1]


def test_the_question_is_stored_before_the_model_is_loaded(session: Session) -> None:
    events = session.send("hello")
    asked = next(events)
    assert isinstance(asked, Asked)
    assert session.path() == (asked.node,)


def test_the_first_question_loads_and_the_second_does_not(session: Session) -> None:
    first, second = list(session.send("one")), list(session.send("two"))
    assert any(isinstance(event, LoadProgress) for event in first)
    assert not any(isinstance(event, LoadProgress) for event in second)


def test_the_whole_conversation_goes_to_the_engine(session: Session) -> None:
    session.set_system("Be brief.")
    list(session.send("hello"))
    sent = json.loads(text_of(session.send("messages")))
    assert [(item["role"], item["content"]) for item in sent] == [
        ("system", "Be brief."),
        ("user", "hello"),
        ("assistant", "hello"),
        ("user", "messages"),
    ]


def test_the_first_question_makes_a_title_and_later_ones_do_not(session: Session) -> None:
    list(session.send("Hi, why is the sky blue? I wonder."))
    assert session.conversation.title == "why is the sky blue?"
    list(session.send("And the sea?"))
    assert session.conversation.title == "why is the sky blue?"


def test_a_title_that_a_person_gave_stays(store: Store, model: OpenModel) -> None:
    session = session_of(store, model)
    store.update(session.conversation.id, title="Mine", titled=True)
    list(session.send("hello"))
    assert session.conversation.title == "Mine"


def test_a_question_of_nothing_but_an_attachment_is_called_after_it(session: Session) -> None:
    list(session.send("", [Attachment("notes.txt", "one")]))
    assert session.conversation.title == "notes.txt"


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_is_no_question(session: Session, text: str) -> None:
    with pytest.raises(UsageError):
        session.send(text)
    assert session.path() == ()


# However it ends


def test_a_cancelled_answer_is_kept_as_far_as_it_came(session: Session) -> None:
    events = session.send("tick")
    for event in events:
        if isinstance(event, TextDelta):
            session.cancel()
            break
    kept = kept_of(events)
    assert kept.finish_reason == "cancelled"
    assert kept.message.content.startswith("tick ")


def test_leaving_an_answer_keeps_what_was_read_of_it(session: Session) -> None:
    first(session, TextDelta, "tick")
    answer = session.path()[-1]
    assert (answer.message.content, answer.finish_reason) == ("tick ", "cancelled")


def test_an_interrupted_answer_is_kept_as_cancelled(session: Session) -> None:
    events = session.send("tick")
    next(event for event in events if isinstance(event, TextDelta))
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt())  # type: ignore[attr-defined]
    assert session.path()[-1].finish_reason == "cancelled"


def test_leaving_before_any_text_leaves_the_question(session: Session) -> None:
    first(session, Begun, "wait")
    assert said(session) == [("user", "wait")]


def test_an_answer_cancelled_before_any_text_is_withdrawn(session: Session) -> None:
    list(session.load())
    events = session.send("wait")
    assert isinstance(next(events), Asked)
    assert isinstance(next(events), Begun)
    session.cancel()
    *_, last = events
    assert isinstance(last, Done)
    assert said(session) == [("user", "wait")]


def test_an_empty_answer_is_an_answer(session: Session) -> None:
    list(session.send("nothing"))
    assert said(session) == [("user", "nothing"), ("assistant", "")]


@pytest.mark.parametrize("death", ["kill", "abort", "exit", "garbage"])
def test_when_the_engine_dies_the_text_is_kept_and_the_next_question_loads_again(
    session: Session, death: str
) -> None:
    with pytest.raises(EngineDied):
        list(session.send(f"half {death}"))
    answer = session.path()[-1]
    assert (answer.message.content, answer.finish_reason) == ("Half an ans", "error")
    assert answer.receipt is not None
    events = list(session.send("hello"))
    assert isinstance(events[1], LoadProgress)
    assert text_of(events) == "hello"


def test_loading_can_be_cancelled(model_with: ModelWith, store: Store) -> None:
    session = session_of(store, model_with("--stall-loading"))
    events = session.send("hello")
    assert isinstance(next(events), Asked)
    next(events)
    session.cancel()
    with pytest.raises(Cancelled):
        list(events)
    assert said(session) == [("user", "hello")]


def test_a_model_that_is_gone_leaves_the_question(session: Session, model: OpenModel) -> None:
    model.path.unlink()
    with pytest.raises(ModelNotFound):
        list(session.send("hello"))
    assert said(session) == [("user", "hello")]


# Questions without an answer


def test_what_was_asked_in_vain_is_sent_together_with_the_next_question(session: Session) -> None:
    first(session, Asked, "say one,")
    list(session.send("two"))
    assert said(session) == [
        ("user", "say one,"),
        ("user", "two"),
        ("assistant", "one,\n\ntwo"),  # as one message
    ]


def test_a_question_that_is_too_long_does_not_stay_in_the_way(session: Session) -> None:
    list(session.send("hello"))
    with pytest.raises(PromptTooLong, match=r"9,0\d\d"):
        list(session.send("too long"))
    assert text_of(session.send("again")) == "again"
    assert [text for _, text in said(session)] == ["hello"] * 2 + ["too long"] + ["again"] * 2


# Asking again


def test_a_regenerated_answer_is_a_sibling(session: Session, store: Store) -> None:
    list(session.send("pid"))
    question, old = session.path()
    list(session.regenerate())
    new = session.path()[-1]
    assert store.siblings(new.id) == (old.id, new.id)
    session.switch(old.id)
    assert session.path() == (question, old)


def test_an_earlier_answer_can_be_regenerated(session: Session) -> None:
    list(session.send("one"))
    old = session.path()[-1]
    list(session.send("two"))
    list(session.regenerate(old.id))
    assert said(session) == [("user", "one"), ("assistant", "one")]
    session.switch(old.id)
    assert [text for _, text in said(session)] == ["one", "one", "two", "two"]


def test_regenerate_answers_a_question_that_got_no_answer(session: Session) -> None:
    with pytest.raises(EngineDied):
        list(session.send("dead kill"))
    with pytest.raises(EngineDied):
        list(session.regenerate())
    assert said(session) == [("user", "dead kill")]


def test_a_regenerated_answer_that_brings_nothing_leaves_the_one_there_was(
    session: Session, model: OpenModel
) -> None:
    list(session.send("hello"))
    model.engine.close()
    model.path.unlink()
    with pytest.raises(ModelNotFound):
        list(session.regenerate())
    assert said(session) == [("user", "hello"), ("assistant", "hello")]


def test_regenerating_before_any_question_is_a_usage_error(session: Session) -> None:
    with pytest.raises(UsageError, match="nothing to retry"):
        session.regenerate()


# A store that refuses


def refuse(*args: object) -> None:
    raise YiLocalError("The disk is full.")


def test_a_full_disk_while_streaming_is_no_matter_when_there_is_room_in_the_end(
    session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yi_local.assistant.talk.pen.WRITE_S", 0)
    monkeypatch.setattr(store, "write", refuse)
    assert kept_of(session.send("say a whole answer")).message.content == "a whole answer"


def test_a_full_disk_at_the_end_is_told_when_all_was_shown(
    session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "finish", refuse)
    shown: list[object] = []
    with pytest.raises(YiLocalError, match="disk is full"):
        shown.extend(session.send("say a whole answer"))
    assert text_of(shown) == "a whole answer"
    assert isinstance(shown[-1], Done)


def test_the_last_write_is_tried_twice(
    session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, refusals = store.finish, iter([True])

    def once(*args: object) -> object:
        if next(refusals, False):
            refuse()
        return finish(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "finish", once)
    assert kept_of(session.send("hello")).message.content == "hello"


def test_an_answer_is_in_the_store_while_it_is_written(
    session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yi_local.assistant.talk.pen.WRITE_S", 0)
    events = session.send("tick")
    next(event for event in events if isinstance(event, TextDelta))
    assert session.path()[-1].message.content == "tick "
    events.close()  # type: ignore[attr-defined]

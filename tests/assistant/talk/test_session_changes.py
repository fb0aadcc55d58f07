"""yi_local.assistant.talk.session: editing, going on, switching, changing model and manners."""

import json
from collections.abc import Callable

import pytest

from tests.talking import kept_of, said, session_of, text_of
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.talk.session import Begun, Kept, Session
from yi_local.errors import EngineDied, UsageError
from yi_local.settings import Preset
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment
from yi_local.types import SamplingOptions, TextDelta

ModelWith = Callable[..., OpenModel]


def test_an_edited_question_is_a_sibling_with_an_answer_of_its_own(
    session: Session, store: Store
) -> None:
    list(session.send("one"))
    question = session.path()[0]
    list(session.send("more"))
    list(session.edit(question.id, "two"))
    assert said(session) == [("user", "two"), ("assistant", "two")]
    session.switch(question.id)
    assert [text for _, text in said(session)] == ["one", "one", "more", "more"]
    assert session.conversation.title == "two"


def test_an_edited_question_keeps_its_attachments_unless_there_are_others(
    session: Session,
) -> None:
    list(session.send("one", [Attachment("a.txt", "A")]))
    question = session.path()[0]
    list(session.edit(question.id, "two"))
    assert [each.name for each in session.path()[0].attachments] == ["a.txt"]
    list(session.edit(question.id, "two", []))
    assert session.path()[0].attachments == ()


# Going on


def test_an_answer_that_was_cut_goes_on_in_its_place(session: Session) -> None:
    session.set_sampling({"max_tokens": 2})
    cut = kept_of(session.send("cut"))
    assert (cut.message.content, cut.finish_reason) == ("word word ", "length")
    events = list(session.go_on())
    assert next(event.node for event in events if isinstance(event, Begun)) == cut
    kept = kept_of(events)
    assert kept.id == cut.id
    assert kept.message.content == "word word word word "
    assert kept.receipt is not None
    assert kept.receipt.continued_chars == len("word word ")


def test_the_engine_is_told_how_the_answer_begins(session: Session) -> None:
    with pytest.raises(EngineDied):
        list(session.send("half kill"))
    assert kept_of(session.go_on()).message.content == "Half an answer."
    assert session.path()[-1].finish_reason == "stop"


def test_going_on_that_brings_nothing_leaves_the_answer_as_it_was(session: Session) -> None:
    events = session.send("tick")
    next(event for event in events if isinstance(event, TextDelta))
    events.close()  # type: ignore[attr-defined]
    before = session.path()
    going_on = session.go_on()
    next(event for event in going_on if isinstance(event, Begun))
    going_on.close()  # type: ignore[attr-defined]
    assert session.path() == before


def test_an_answer_at_its_end_does_not_go_on(session: Session) -> None:
    with pytest.raises(UsageError, match="no answer to continue"):
        session.go_on()
    list(session.send("hello"))
    with pytest.raises(UsageError, match="come to its end"):
        session.go_on()
    with pytest.raises(UsageError, match="Only an answer"):
        session.go_on(session.path()[0].id)


def test_an_answer_that_the_programs_end_has_cut_goes_on(session: Session, store: Store) -> None:
    question = store.ask(session.conversation.id, None, "say whole")
    node = store.begin_answer(session.conversation.id, question.id, "tiny")
    store.write(node.id, "who")
    assert kept_of(session.go_on()).message.content == "whole"


# In the middle of a conversation


def test_a_system_prompt_counts_from_the_next_answer_on(session: Session) -> None:
    session.set_system("Be brief.")
    assert json.loads(text_of(session.send("messages")))[0]["content"] == "Be brief."
    session.set_system("")
    assert json.loads(text_of(session.regenerate()))[0]["role"] == "user"


def test_another_model_answers_from_the_next_question_on(
    session: Session, model_with: ModelWith
) -> None:
    list(session.send("pid"))
    session.set_model(model_with(name="other"))
    list(session.send("pid"))
    _, one, _, two = session.path()
    assert one.message.content != two.message.content
    assert (one.model, two.model, session.conversation.model) == ("tiny", "other", "other")


def test_chosen_sampling_is_kept_and_used(session: Session) -> None:
    session.set_sampling({"temperature": 0.1, "stop": ["END"], "logit_bias": {5: 1.5}})
    sent = json.loads(text_of(session.send("sampling")))
    assert (sent["temperature"], sent["stop"], sent["logit_bias"]) == (0.1, ["END"], [[5, 1.5]])
    assert sent["top_k"] == SamplingOptions().top_k
    assert session.sampling.stop == ("END",)


def test_sampling_that_cannot_be_used_is_refused_and_not_kept(session: Session) -> None:
    with pytest.raises(UsageError):
        session.set_sampling({"temperature": -1})
    assert session.conversation.sampling == {}


def test_a_preset_brings_its_system_prompt_and_its_sampling(session: Session) -> None:
    session.set_preset(Preset("Poet", "Rhyme.", {"temperature": 1.2}))
    assert (session.system, session.sampling.temperature) == ("Rhyme.", 1.2)
    assert session.conversation.preset == "Poet"
    session.set_preset(None)
    assert (session.system, session.conversation.preset) == (None, None)


def test_a_receipt_says_with_what_an_answer_was_made(store: Store, model: OpenModel) -> None:
    session = session_of(store, model, system="Be brief.", sampling={"top_k": 7})
    receipt = kept_of(session.send("hello")).receipt
    assert receipt is not None
    assert (receipt.model, receipt.filename, receipt.system) == ("tiny", "tiny.gguf", "Be brief.")
    assert receipt.size_bytes == model.path.stat().st_size
    assert receipt.mtime_ns == model.path.stat().st_mtime_ns
    assert receipt.template_sha256 == "fa" * 32
    assert (receipt.sampling.top_k, receipt.sampling.seed) == (7, 20260101)
    assert (receipt.load["n_ctx"], receipt.load["type_k"]) == (4096, "f16")
    assert receipt.usage is not None
    assert (receipt.left_out, receipt.continued_chars, receipt.quant) == ((), 0, "Q4_K_M")


def test_kept_is_the_last_event(session: Session) -> None:
    *_, last = session.send("hello")
    assert isinstance(last, Kept)

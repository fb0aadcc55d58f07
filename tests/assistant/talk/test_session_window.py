"""yi_local.assistant.talk.session: what of a long conversation the model gets to see."""

from collections.abc import Callable

import pytest

from tests.talking import kept_of, session_of, text_of
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.talk.session import LeftOut, Session
from yi_local.engine.client import Engine
from yi_local.errors import PromptTooLong
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment
from yi_local.types import Prompt

ModelWith = Callable[..., OpenModel]
FORTY = "word " * 40


@pytest.fixture
def small(store: Store, model_with: ModelWith) -> Session:
    """400 tokens of context, 100 of them for the answer; a turn takes 80 and its marks."""
    return session_of(store, model_with("--context", "400"))


def left_out(session: Session, text: str) -> tuple[int, ...]:
    return tuple(
        node.id
        for event in session.send(text)
        if isinstance(event, LeftOut)
        for node in event.nodes
    )


def test_the_oldest_turns_are_left_out_and_told(small: Session) -> None:
    for _ in range(3):
        assert left_out(small, FORTY) == ()
    question, answer, *_ = small.path()
    assert left_out(small, FORTY) == (question.id, answer.id)
    receipt = small.path()[-1].receipt
    assert receipt is not None
    assert receipt.left_out == (question.id, answer.id)


def test_pinned_turns_stay(small: Session) -> None:
    for _ in range(3):
        list(small.send(FORTY))
    path = small.path()
    small.pin(path[1].id, True)
    assert left_out(small, FORTY) == (path[2].id, path[3].id)


def test_by_the_other_policy_a_full_context_is_told_and_the_question_stays(
    store: Store, model_with: ModelWith
) -> None:
    model = model_with("--context", "400")
    session = Session(store, store.create(), model, "stop")
    for _ in range(3):
        list(session.send(FORTY))
    with pytest.raises(PromptTooLong, match=r"grown to 3\d\d tokens.* holds 400"):
        list(session.send(FORTY))
    assert session.path()[-1].message.role == "user"
    list(session.send("short"))  # what was asked in vain makes room again
    assert session.path()[-1].message.role == "assistant"


@pytest.mark.parametrize("policy", ["drop-oldest", "stop"])
def test_a_question_longer_than_the_context_is_refused_with_numbers(
    store: Store, model_with: ModelWith, policy: str
) -> None:
    session = Session(store, store.create(), model_with("--context", "400"), policy)  # type: ignore[arg-type]
    with pytest.raises(PromptTooLong, match=r"The question needs 50\d tokens.* holds 400"):
        list(session.send("word " * 500))


def test_a_long_question_may_take_of_what_was_meant_for_the_answer(small: Session) -> None:
    assert kept_of(small.send("word " * 330)).message.role == "assistant"


def test_what_the_template_adds_is_measured(
    small: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts alone would fit: 5 turns of 50 tokens; with 10 more for each message they do not."""
    render = Engine.render

    def longer(self: Engine, messages: object, **named: object) -> Prompt:
        prompt = render(self, messages, **named)  # type: ignore[arg-type]
        extra = 10 * len(messages)  # type: ignore[arg-type]
        return Prompt(prompt.text, prompt.token_ids + (0,) * extra)

    monkeypatch.setattr(Engine, "render", longer)
    for _ in range(5):
        list(small.send("word " * 22))
    receipt = small.path()[-1].receipt
    assert receipt is not None
    assert receipt.left_out


def test_a_long_conversation_costs_a_bounded_number_of_calls(
    store: Store, model_with: ModelWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(store, model_with("--context", "400"))
    parent = None
    for number in range(200):
        parent = store.ask(session.conversation.id, parent, f"{number} {FORTY}").id
        answer = store.begin_answer(session.conversation.id, parent, "tiny")
        parent = store.finish(answer.id, f"{number} {FORTY}", "stop", None).id
    calls = []
    tokenize = Engine.tokenize

    def counted(self: Engine, text: str) -> Prompt:
        calls.append(text)
        return tokenize(self, text)

    monkeypatch.setattr(Engine, "tokenize", counted)
    assert len(left_out(session, "hello")) > 380
    assert len(calls) < 20
    calls.clear()
    list(session.send("again"))
    assert len(calls) < 5


# Attachments


def test_an_attachment_stands_before_the_question_and_the_message_stays_as_typed(
    session: Session,
) -> None:
    tricky = "```\nignore this\n```\n"
    answer = text_of(session.send("What is it?", [Attachment("a b.md", tricky)]))
    assert answer == "a b.md\n````\n```\nignore this\n```\n````\n\nWhat is it?"
    assert session.path()[0].message.content == "What is it?"


# The meter


def test_the_meter_estimates_before_the_model_is_there_and_counts_afterwards(
    session: Session,
) -> None:
    assert session.meter().estimated
    assert session.cost("word word word word") == (5, True)
    assert session.cost("你好吗") == (2, True)
    list(session.send("say 你好", [Attachment("a.txt", FORTY)]))
    session.set_system("one two three")
    meter = session.meter()
    assert not meter.estimated
    assert meter.system_tokens == 3
    assert 40 <= meter.document_tokens <= 50
    assert 50 <= meter.answer_tokens <= 60
    assert meter.free_tokens == 4096 - meter.used_tokens
    assert session.cost("word word word word") == (4, False)


def test_the_meter_is_never_fuller_than_the_context(small: Session) -> None:
    for _ in range(6):
        list(small.send(FORTY))
    meter = small.meter()
    assert 0 <= meter.free_tokens < 100
    assert meter.n_ctx == 400

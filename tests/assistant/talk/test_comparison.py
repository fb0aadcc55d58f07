"""yi_local.assistant.talk.session: answers side by side."""

import json
from collections.abc import Callable

import pytest

from tests.talking import session_of
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.talk.comparison import Variant
from yi_local.assistant.talk.session import Asked, Begun, Failed, Kept, Session
from yi_local.errors import Cancelled, CannotLoad, EngineDied, UsageError
from yi_local.store.conversations import Store
from yi_local.types import Done, LoadProgress, TextDelta

ModelWith = Callable[..., OpenModel]


def texts(events: list[tuple[int, object]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, event in events:
        if isinstance(event, TextDelta):
            found[number] = found.get(number, "") + event.text
    return found


def test_two_samplings_of_one_model_are_siblings(
    session: Session, store: Store, model: OpenModel
) -> None:
    session.set_sampling({"top_k": 9})
    variants = [Variant(model, {"temperature": 0.1}), Variant(model, {"temperature": 0.9})]
    events = list(session.compare("sampling", variants))
    assert isinstance(events[0][1], Asked)
    sent = {number: json.loads(text) for number, text in texts(events).items()}
    assert [sent[number]["temperature"] for number in (0, 1)] == [0.1, 0.9]
    assert sent[1]["top_k"] == 9
    kept = {number: event.node for number, event in events if isinstance(event, Kept)}
    assert store.siblings(kept[0].id) == (kept[0].id, kept[1].id)
    assert session.path()[-1] == kept[0]
    assert sum(isinstance(event, Begun) for _, event in events) == 2


def test_two_models_answer_in_two_engines(session: Session, model_with: ModelWith) -> None:
    one, two = model_with(), model_with(name="other")
    events = list(session.compare("pid", [Variant(one), Variant(two)]))
    found = texts(events)
    assert found[0] != found[1]
    loading = [number for number, event in events if isinstance(event, LoadProgress)]
    assert loading == sorted(loading)  # one after the other
    assert {event.node.model for _, event in events if isinstance(event, Kept)} == {"tiny", "other"}


def test_answers_come_side_by_side(session: Session, model: OpenModel) -> None:
    events = session.compare("tick", [Variant(model), Variant(model)])
    seen: set[int] = set()
    while seen != {0, 1}:
        number, event = next(events)
        if isinstance(event, TextDelta):
            seen.add(number)
    session.cancel()
    rest = list(events)
    assert [event.finish_reason for _, event in rest if isinstance(event, Done)] == [
        "cancelled",
        "cancelled",
    ]
    assert sum(isinstance(event, Kept) for _, event in rest) == 2


def test_one_that_fails_is_told_and_the_other_goes_on(
    session: Session, model: OpenModel, model_with: ModelWith, store: Store
) -> None:
    broken = model_with("--load-error", "cannot_load", name="broken")
    events = list(session.compare("hello", [Variant(broken), Variant(model), Variant(broken)]))
    failed = {number: event.error for number, event in events if isinstance(event, Failed)}
    assert set(failed) == {0, 2}
    assert isinstance(failed[0], CannotLoad)
    assert texts(events) == {1: "hello"}
    answer = session.path()[-1]
    assert store.siblings(answer.id) == (answer.id,)


def test_a_dying_engine_fails_its_own_answers_alone(
    session: Session, model: OpenModel, model_with: ModelWith
) -> None:
    events = list(session.compare("half kill", [Variant(model), Variant(model_with())]))
    failed = {number: event.error for number, event in events if isinstance(event, Failed)}
    assert set(failed) == {0, 1}
    assert all(isinstance(error, EngineDied) for error in failed.values())
    assert session.path()[-1].message.content == "Half an ans"


def test_leaving_a_comparison_stops_all_and_keeps_what_came(
    session: Session, model: OpenModel, store: Store
) -> None:
    events = session.compare("tick", [Variant(model), Variant(model)])
    seen: set[int] = set()
    while seen != {0, 1}:
        number, event = next(events)
        if isinstance(event, TextDelta):
            seen.add(number)
    events.close()  # type: ignore[attr-defined]
    siblings = store.siblings(session.path()[-1].id)
    nodes = [store.node(node_id) for node_id in siblings]
    assert [node.finish_reason for node in nodes] == ["cancelled", "cancelled"]
    assert all(node.message.content.startswith("tick") for node in nodes)


def test_loading_for_a_comparison_can_be_cancelled(
    session: Session, model_with: ModelWith, store: Store
) -> None:
    stalled = model_with("--stall-loading")
    events = session.compare("hello", [Variant(stalled), Variant(stalled)])
    next(event for _, event in events if isinstance(event, LoadProgress))
    session.cancel()
    failed = [event.error for _, event in events if isinstance(event, Failed)]
    assert [type(error) for error in failed] == [Cancelled, Cancelled]
    assert [node.message.role for node in session.path()] == ["user"]


def test_a_question_that_is_there_can_be_compared_again(
    session: Session, model: OpenModel, store: Store
) -> None:
    list(session.send("pid"))
    question, answer = session.path()
    list(session.compare_again(question.id, [Variant(model), Variant(model)]))
    assert len(store.siblings(answer.id)) == 3


def test_a_sampling_that_cannot_be_used_takes_no_place(session: Session, model: OpenModel) -> None:
    with pytest.raises(UsageError):
        list(session.compare("hello", [Variant(model), Variant(model, {"top_p": 7})]))
    assert [node.message.role for node in session.path()] == ["user"]
    with pytest.raises(UsageError):
        session.compare("hello", [])


def test_more_answers_than_the_context_holds_at_once_all_see_the_whole_conversation(
    store: Store, model_with: ModelWith
) -> None:
    """No window is halved: the engine lets one wait where two do not fit together."""
    model = model_with("--context", "400")
    session = session_of(store, model)
    list(session.send("word " * 120))
    events = list(session.compare("messages", [Variant(model), Variant(model)]))
    assert [len(json.loads(text)) for text in texts(events).values()] == [3, 3]

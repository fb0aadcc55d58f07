"""yi_local.assistant.session: a conversation with a real client and a stand-in engine."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.planning import loader_for
from tests.tiny_gguf import write_smallest
from yi_local.assistant.session import Session, SessionEvent
from yi_local.engine.client import Engine
from yi_local.errors import (
    Cancelled,
    EngineDied,
    ModelNotFound,
    PromptTooLong,
    UsageError,
)
from yi_local.types import (
    Done,
    LoadProgress,
    Message,
    SamplingOptions,
    TextDelta,
)

WORKER = Path(__file__).parents[1] / "fake_worker.py"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_smallest(tmp_path / "tiny.gguf")


@pytest.fixture
def engine_with(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def build(worker: Sequence[str] = ()) -> Engine:
        command = [sys.executable, str(WORKER), *worker]
        engines.append(Engine(log_dir=tmp_path / "logs", command=command))
        return engines[-1]

    yield build
    for engine in engines:
        engine.close()


@pytest.fixture
def session(engine_with: Callable[..., Engine], model: Path) -> Session:
    return Session(loader_for(engine_with(), model), SamplingOptions())


def text_of(events: Iterator[SessionEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def roles(session: Session) -> list[str]:
    return [message.role for message in session.messages]


def test_an_answer_is_streamed_and_kept(session: Session) -> None:
    *events, last = session.send("say 你好，世界")
    assert text_of(iter(events)) == "你好，世界"
    assert isinstance(last, Done)
    assert last.finish_reason == "stop"
    assert session.messages == (
        Message("user", "say 你好，世界"),
        Message("assistant", "你好，世界"),
    )


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


def test_a_system_prompt_can_be_removed(session: Session) -> None:
    session.set_system("Be brief.")
    session.set_system("")
    list(session.send("hello"))
    assert roles(session) == ["user", "assistant"]


def test_a_cancelled_answer_is_kept_as_far_as_it_came(session: Session) -> None:
    events = session.send("tick")
    for event in events:
        if isinstance(event, TextDelta):
            session.cancel()
            break
    last = list(events)[-1]
    assert isinstance(last, Done)
    assert last.finish_reason == "cancelled"
    assert session.messages[-1].role == "assistant"
    assert session.messages[-1].content.startswith("tick ")


def test_leaving_an_answer_keeps_what_was_read_of_it(session: Session) -> None:
    events = session.send("tick")
    assert next(event for event in events if isinstance(event, TextDelta)).text == "tick "
    events.close()  # type: ignore[attr-defined]
    assert session.messages[-1] == Message("assistant", "tick ")


def test_a_question_cancelled_before_any_text_makes_room_for_the_next(session: Session) -> None:
    list(session.load())
    events = session.send("wait")
    next(events)
    session.cancel()
    list(events)
    assert session.messages == (Message("user", "wait"),)
    list(session.send("hello"))
    assert session.messages == (Message("user", "hello"), Message("assistant", "hello"))


def test_an_empty_answer_is_an_answer(session: Session) -> None:
    list(session.send("nothing"))
    assert session.messages[-1] == Message("assistant", "")


@pytest.mark.parametrize("death", ["kill", "abort", "exit", "garbage"])
def test_when_the_engine_dies_the_text_is_kept_and_the_next_question_loads_again(
    session: Session, death: str
) -> None:
    with pytest.raises(EngineDied):
        list(session.send(f"half {death}"))
    assert session.messages[-1] == Message("assistant", "Half an ans")
    events = list(session.send("hello"))
    assert isinstance(events[0], LoadProgress)
    assert text_of(iter(events)) == "hello"
    assert roles(session) == ["user", "assistant"] * 2


def test_a_prompt_that_is_too_long_does_not_stay_in_the_way(session: Session) -> None:
    list(session.send("hello"))
    with pytest.raises(PromptTooLong):
        list(session.send("too long"))
    assert text_of(session.send("again")) == "again"
    assert [message.content for message in session.messages] == ["hello", "hello"] + ["again"] * 2


def test_retry_asks_again_and_replaces_the_answer(session: Session) -> None:
    list(session.send("pid"))
    list(session.retry())
    assert roles(session) == ["user", "assistant"]
    with pytest.raises(EngineDied):
        list(session.send("half kill"))
    with pytest.raises(EngineDied):
        list(session.retry())
    assert roles(session) == ["user", "assistant"] * 2


def test_retry_asks_a_question_that_got_no_answer(session: Session) -> None:
    with pytest.raises(EngineDied):
        list(session.send("dead kill"))
    with pytest.raises(EngineDied):
        list(session.retry())
    assert session.messages == (Message("user", "dead kill"),)


def test_a_retry_that_brings_nothing_keeps_the_answer_there_was(
    engine_with: Callable[..., Engine], model: Path
) -> None:
    engine = engine_with()
    session = Session(loader_for(engine, model), SamplingOptions())
    list(session.send("hello"))
    engine.close()
    model.unlink()
    with pytest.raises(ModelNotFound):
        list(session.retry())
    assert session.messages == (Message("user", "hello"), Message("assistant", "hello"))


def test_retry_before_any_question_is_a_usage_error(session: Session) -> None:
    with pytest.raises(UsageError):
        session.retry()


def test_loading_again_can_be_cancelled(engine_with: Callable[..., Engine], model: Path) -> None:
    session = Session(loader_for(engine_with(["--stall-loading"]), model), SamplingOptions())
    events = session.send("hello")
    next(events)
    session.cancel()
    with pytest.raises(Cancelled):
        list(events)
    assert session.messages == (Message("user", "hello"),)

"""yi_local.assistant.talk.replay: an answer made again."""

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.talking import command, kept_of, session_of
from yi_local.assistant.loading.open_model import Models, OpenModel
from yi_local.assistant.talk.replay import Difference, Unlike, replay
from yi_local.errors import ModelNotFound, UsageError
from yi_local.store.conversations import Store
from yi_local.store.records import Node
from yi_local.types import Done, FinishReason, TextDelta

ModelWith = Callable[..., OpenModel]


@pytest.fixture
def models() -> Iterator[Models]:
    with Models(engine_command=command()) as opened:
        yield opened


@pytest.fixture
def model(models: Models, path: Path) -> OpenModel:
    return models.open(str(path))


def changed(store: Store, node: Node, text: str | None = None, **receipt: object) -> None:
    assert node.receipt is not None
    made = dataclasses.replace(node.receipt, **receipt)  # type: ignore[arg-type]
    store.finish(node.id, node.message.content if text is None else text, "stop", made)


def test_the_same_answer_comes_again(store: Store, model: OpenModel, models: Models) -> None:
    node = kept_of(session_of(store, model, system="Be brief.").send("sampling"))
    events = list(replay(store, node.id, models))
    unlike = next(event for event in events if isinstance(event, Unlike))
    assert unlike.sentences == ()
    # its seed was chosen by the engine then, and is asked for now
    *_, last = events
    assert isinstance(last, Difference)
    assert not last.same
    assert any("[-null-]{+20260101+}" in line for line in last.lines)
    node = kept_of(session_of(store, model).send("say 你好"))
    *_, last = replay(store, node.id, models)
    assert last == Difference(True, ())


def test_a_change_is_shown_word_by_word(store: Store, model: OpenModel, models: Models) -> None:
    node = kept_of(session_of(store, model).send("say the red house"))
    changed(store, node, text="the old house")
    *_, last = replay(store, node.id, models)
    assert last == Difference(False, ("the [-old-]{+red+} house",))
    assert store.node(node.id).message.content == "the old house"


@pytest.mark.parametrize("reason", ["cancelled", "error"])
def test_what_was_stopped_is_made_again_as_far_as_it_came(
    store: Store, model: OpenModel, models: Models, reason: FinishReason
) -> None:
    node = kept_of(session_of(store, model).send("say the red house"))
    for text, lines in (("the red", ()), ("", ()), ("the old", ("the [-old-]{+red+}",))):
        store.finish(node.id, text, reason, node.receipt)
        *events, last = replay(store, node.id, models)
        assert last == Difference(not lines, lines)
        made = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert made == "the red"[: len(text)]
        assert isinstance(events[-1], Done)


def test_what_is_not_as_it_was_is_told_first(
    store: Store, model: OpenModel, models: Models
) -> None:
    node = kept_of(session_of(store, model).send("hello"))
    assert node.receipt is not None
    load = {**node.receipt.load, "n_threads": 7}
    changed(store, node, template_sha256="0" * 64, llama_cpp="0.3.1", load=load)
    os.utime(model.path, ns=(0, 0))
    events = list(replay(store, node.id, models))
    texts = next(at for at, event in enumerate(events) if isinstance(event, TextDelta))
    unlike = next(event for event in events[:texts] if isinstance(event, Unlike))
    assert unlike.sentences == (
        "The model's file is another one, or was changed since.",
        "llama-cpp-python was 0.3.1, now 0.0.0.",
        "The chat template is another one.",
        "n_threads was 7, now 1.",
    )


def test_messages_that_were_left_out_stay_out(
    store: Store, model: OpenModel, models: Models
) -> None:
    session = session_of(store, model)
    list(session.send("hello"))
    first = session.path()
    node = kept_of(session.send("messages"))
    changed(store, node, left_out=tuple(each.id for each in first))
    *_, last = replay(store, node.id, models)
    assert isinstance(last, Difference)
    assert any("[-" in line and "hello" in line for line in last.lines)


def test_an_answer_that_went_on_goes_on_again(
    store: Store, model: OpenModel, models: Models
) -> None:
    session = session_of(store, model, sampling={"max_tokens": 2})
    list(session.send("cut"))
    node = kept_of(session.go_on())
    *_, last = replay(store, node.id, models)
    assert last == Difference(True, ())


def test_what_is_no_answer_cannot_be_replayed(
    store: Store, model: OpenModel, models: Models
) -> None:
    session = session_of(store, model)
    node = kept_of(session.send("hello"))
    with pytest.raises(UsageError, match="not an answer"):
        replay(store, session.path()[0].id, models)
    store.finish(node.id, "hello", "stop", None)
    with pytest.raises(UsageError, match="no receipt"):
        replay(store, node.id, models)


def test_a_model_that_is_gone_is_named(store: Store, model: OpenModel, models: Models) -> None:
    node = kept_of(session_of(store, model).send("hello"))
    models.close_model(model)
    model.path.unlink()
    with pytest.raises(ModelNotFound):
        list(replay(store, node.id, models))


def test_a_memory_that_is_gone_is_told(store: Store, model: OpenModel, models: Models) -> None:
    node = kept_of(session_of(store, model).send("hello"))
    assert node.receipt is not None
    assert node.receipt.usage is not None
    changed(store, node, usage=dataclasses.replace(node.receipt.usage, cached_tokens=1234))
    warm = next(event for event in replay(store, node.id, models) if isinstance(event, Unlike))
    assert warm.sentences == ()
    models.close_model(model)
    cold = next(event for event in replay(store, node.id, models) if isinstance(event, Unlike))
    assert [sentence.split(" of ")[0] for sentence in cold.sentences] == ["1,234 tokens"]

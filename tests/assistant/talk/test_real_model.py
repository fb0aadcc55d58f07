"""A conversation with the demo model: asked, cut, continued, made again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.talking import kept_of, session_of
from yi_local.assistant.loading.open_model import Models, OpenModel
from yi_local.assistant.talk.comparison import Variant
from yi_local.assistant.talk.replay import Difference, Unlike, replay
from yi_local.assistant.talk.session import Kept
from yi_local.planner.plan import Wish
from yi_local.store.conversations import Store

pytestmark = pytest.mark.model


@pytest.fixture
def models() -> Iterator[Models]:
    with Models() as opened:
        yield opened


@pytest.fixture
def demo(models: Models, demo_model: Path) -> OpenModel:
    return models.open("demo", Wish(n_ctx=2048))


def test_a_conversation_is_cut_continued_compared_and_made_again(
    store: Store, demo: OpenModel, models: Models
) -> None:
    session = session_of(store, demo, sampling={"max_tokens": 24})
    assert session.meter().estimated
    cut = kept_of(session.send("Write a story about a lighthouse."))
    assert cut.finish_reason == "length"
    kept = kept_of(session.go_on())
    assert kept.message.content.startswith(cut.message.content)
    assert len(kept.message.content) > len(cut.message.content)
    meter = session.meter()
    assert not meter.estimated
    assert 24 < meter.answer_tokens < 80

    kept = kept_of(session.send("And what happened then?"))
    assert kept.receipt is not None
    assert kept.receipt.usage is not None
    assert kept.receipt.usage.cached_tokens > 0
    assert kept.receipt.sampling.seed is not None
    events = list(replay(store, kept.id, models))
    assert next(event for event in events if isinstance(event, Unlike)).sentences == ()
    assert isinstance(events[-1], Difference)
    assert events[-1].same, events[-1].lines

    wild = {"seed": 5, "temperature": 2, "top_k": 0, "top_p": 1, "min_p": 0}
    variants = [Variant(demo, {"temperature": 0}), Variant(demo, wild)]
    answers = [
        event.node for _, event in session.compare("The end?", variants) if isinstance(event, Kept)
    ]
    assert len({node.message.content for node in answers}) == 2


def test_a_first_answer_comes_again_in_another_process(
    store: Store, demo: OpenModel, models: Models
) -> None:
    session = session_of(store, demo, sampling={"max_tokens": 40})
    kept = kept_of(session.send("Write a story about a lighthouse."))
    models.close_model(demo)
    *_, last = replay(store, kept.id, models)
    assert isinstance(last, Difference)
    assert last.same, last.lines

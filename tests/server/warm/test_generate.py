"""Answers over the private routes: the engine's own events, for a program that goes or stays."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.server.live import soon
from tests.server.warm.conftest import Held
from yi_local.assistant.warm.attach import Warm, find_warm
from yi_local.assistant.warm.warm_engine import NotBegun, WarmEngine, WarmGeneration, chat_line
from yi_local.assistant.warm.warm_model import WarmModel
from yi_local.errors import Cancelled, EngineDied, PromptTooLong, YiLocalError
from yi_local.server.serving import Limits
from yi_local.types import Done, Event, Message, PrefillProgress, SamplingOptions, TextDelta


def warm_of(held: Held) -> Warm:
    found = find_warm(str(held[0].serving.names.first[0].path))
    assert found is not None
    return found


def engine_of(held: Held) -> WarmEngine:
    return warm_of(held).engine()


def ask(held: Held, text: str, **chosen: Any) -> WarmGeneration:
    return engine_of(held).ask(chat_line([Message("user", text)]), chosen)


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_every_event_of_the_engine_comes_through(held: Held) -> None:
    generation = ask(held, "prefill some words", seed=7)
    assert generation.model.name == "Fake"
    events = list(generation)
    assert [e.done_tokens for e in events if isinstance(e, PrefillProgress)] == [
        0, 200, 400, 600, 800,
    ]  # fmt: skip
    assert text_of(events) == "some words"
    done = events[-1]
    assert isinstance(done, Done)
    assert (done.finish_reason, done.seed) == ("stop", 7)
    assert done.usage.completion_tokens == 5


def test_only_what_was_chosen_is_sent_and_what_holds_comes_back(held: Held) -> None:
    generation = ask(
        held, "sampling", temperature=0.25, stop=("x", "y"), logit_bias={5: -1.5}, max_tokens=9
    )
    assert generation.sampling == SamplingOptions(
        temperature=0.25, stop=("x", "y"), logit_bias={5: -1.5}, max_tokens=9
    )
    assert '"temperature": 0.25' in text_of(list(generation))


def test_text_goes_on_without_a_template(held: Held) -> None:
    generation = engine_of(held).ask({"op": "complete", "prompt": "say more"}, {})
    assert text_of(list(generation)) == "more"


def test_logprobs_come_through(held: Held) -> None:
    events = list(ask(held, "say hi", top_logprobs=2))
    [told] = [event.logprobs[0] for event in events if isinstance(event, TextDelta)]
    assert told.token == "hi"
    assert len(told.top) == 2


def test_a_cancel_gives_the_end_with_what_it_took(held: Held) -> None:
    generation = ask(held, "tick")
    assert next(event for event in generation if isinstance(event, TextDelta)).text == "tick "
    threading.Thread(target=generation.cancel).start()
    *_, last = generation
    assert isinstance(last, Done)
    assert last.finish_reason == "cancelled"
    assert last.usage.completion_tokens > 0


def test_a_program_that_goes_away_cancels(held: Held) -> None:
    generation = ask(held, "tick")
    next(generation)
    assert not held[0].is_idle()
    generation.close()
    assert soon(held[0].is_idle)


def test_leaving_while_it_waits_in_line_takes_its_place_from_nobody(
    hold: Callable[..., Held],
) -> None:
    held = hold(limits=Limits(parallel=1, first_s=0.1))
    first = ask(held, "tick")
    waiting = threading.Thread(target=lambda: list(ask(held, "say second")))
    waiting.start()
    assert soon(lambda: held[0].serving.slots.n_waiting == 1)
    first.cancel()
    list(first)
    waiting.join(10)
    assert not waiting.is_alive()
    assert soon(held[0].is_idle)


def test_a_full_line_is_no_answer_and_the_model_may_be_loaded_instead(
    hold: Callable[..., Held],
) -> None:
    held = hold(limits=Limits(parallel=1, waiting=0))
    first = ask(held, "tick")
    with pytest.raises(NotBegun):
        ask(held, "say second")
    first.close()


@pytest.mark.parametrize("chosen", [{"temperature": -1.0}, {"temperature": float("nan")}])
def test_options_that_cannot_be_used_are_no_answer(held: Held, chosen: dict[str, Any]) -> None:
    with pytest.raises(NotBegun):
        ask(held, "say hi", **chosen)


def test_an_engine_that_dies_is_told_with_the_end_of_its_log(held: Held) -> None:
    events: list[Event] = []
    with pytest.raises(YiLocalError, match="SIGABRT") as died:
        events.extend(ask(held, "half abort"))
    assert text_of(events) == "Half an ans"
    assert "GGML_ASSERT" in died.value.message
    assert "log is" in str(died.value.hint)


def test_a_prompt_that_is_too_long_is_told_as_that(held: Held) -> None:
    with pytest.raises(PromptTooLong):
        list(ask(held, "too long"))


def test_a_program_that_ends_in_the_middle_is_told(held: Held) -> None:
    generation = ask(held, "tick")
    next(generation)
    held[0].server.stop()
    with pytest.raises(YiLocalError, match=r"being stopped|does not answer"):
        list(generation)


def test_a_connection_that_breaks_is_told_with_the_process(held: Held) -> None:
    generation = ask(held, "tick")
    next(generation)
    generation._call.break_off()
    with pytest.raises(EngineDied, match=f"process {held[1].pid}, does not answer"):
        list(generation)


def test_a_cancel_that_reaches_nobody_ends_the_answer_all_the_same(held: Held) -> None:
    generation = ask(held, "tick")
    next(generation)
    assert held[0].serving.private is not None
    held[0].serving.private.token = "another"
    generation.cancel()
    with pytest.raises(Cancelled):
        list(generation)


def test_two_answers_at_once_are_cancelled_one_by_one(held: Held) -> None:
    one, two = ask(held, "tick"), ask(held, "tick")
    one.cancel()
    *_, end = one
    assert isinstance(end, Done)
    assert isinstance(next(two), PrefillProgress | TextDelta)
    two.close()


# As a model to talk with


def test_as_a_model_it_is_loaded_counts_and_tells_where_answers_come_from(held: Held) -> None:
    model = WarmModel("tiny", warm_of(held))
    assert (model.loaded, model.where, model.title) == (True, None, "tiny")
    assert list(model.load(lambda: False)) == []
    messages = [Message("user", "one two")]
    assert model.engine.prompt_tokens(messages) == 7  # the template's among them
    assert model.engine.text_tokens("one two three") == 3
    origin = model.origin()
    assert origin.filename == "tiny.gguf"
    assert origin.load["n_ctx"] == model.n_ctx
    assert origin == held[0].models.opened()[0].origin()
    assert text_of(list(model.engine.chat([Message("user", "say hi")]))) == "hi"


def test_a_model_whose_program_has_gone_tells_what_it_can(held: Held) -> None:
    model = WarmModel("tiny", warm_of(held))
    held[0].server.stop()
    assert soon(lambda: not held[0]._thread.is_alive())
    assert model.engine.text_tokens("one") is None
    assert model.origin().filename is None
    with pytest.raises(EngineDied):
        model.engine.chat([Message("user", "say hi")])

"""The engine on a real model: it says what llama.cpp says, and keeps its promises there."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from yi_local.engine.client import Engine, Generation
from yi_local.types import Done, LoadOptions, Message, SamplingOptions, TextDelta

pytestmark = pytest.mark.model

BARE = Path(__file__).parent.parent / "bare_greedy.py"
LIGHTHOUSE = "The history of the lighthouse begins"
STORY = "".join(f"On day {n} the keeper wrote down the wind and the weather. " for n in range(60))


@pytest.fixture(scope="module")
def engine(demo_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(log_dir=tmp_path_factory.mktemp("logs")) as engine:
        for _ in engine.load(LoadOptions(str(demo_model))):
            pass
        yield engine


def answer(generation: Generation) -> tuple[str, Done]:
    events = list(generation)
    assert isinstance(events[-1], Done)
    return "".join(event.text for event in events if isinstance(event, TextDelta)), events[-1]


def bare_greedy(engine: Engine, model: Path, prompt: str, n_tokens: int) -> str:
    assert engine.model is not None
    arguments = [model, n_tokens, engine.model.n_threads, int(engine.cpu_repack)]
    command = [sys.executable, BARE, *arguments]
    return subprocess.run(
        [str(part) for part in command], input=prompt.encode(), capture_output=True, check=True
    ).stdout.decode("utf-8", "ignore")  # the last token may be half a character


@pytest.mark.parametrize(
    "prompt",
    [LIGHTHOUSE, "Once upon a time, 从前有一只狐狸🦊", STORY],
    ids=["short", "not only English", "longer than a batch"],
)
def test_greedy_text_is_llama_cpps_own(engine, demo_model, prompt):
    options = SamplingOptions(temperature=0, max_tokens=64)
    text, _ = answer(engine.complete(prompt, options))
    assert text == bare_greedy(engine, demo_model, prompt, 64)


def test_it_knows_the_capital_of_france(engine):
    question = [Message("user", "Name the capital of France.")]
    text, done = answer(engine.chat(question, SamplingOptions(temperature=0, max_tokens=64)))
    assert "Paris" in text
    assert done.finish_reason == "stop"


def test_the_same_seed_gives_the_same_text_again(engine):
    options = SamplingOptions(seed=7, max_tokens=40, temperature=0.9)
    question = [Message("user", "Tell me about the sea.")]
    one, two = (answer(engine.chat(question, options))[0] for _ in range(2))
    assert one == two


def test_a_long_prompt_does_not_stop_a_running_stream(engine):
    """While a thousand tokens of prefill go by, the stream gets a token for every chunk."""
    never_ends = {0: -100.0, 2: -100.0}
    stream = engine.complete(LIGHTHOUSE, SamplingOptions(max_tokens=120, logit_bias=never_ends))
    next(event for event in stream if isinstance(event, TextDelta))
    begun = time.monotonic()
    prompt = engine.complete("Dear diary. " + STORY, SamplingOptions(max_tokens=1))
    gaps, last = [], begun
    for event in stream:
        if isinstance(event, TextDelta):
            gaps.append(time.monotonic() - last)
            last = time.monotonic()
    _, done = answer(prompt)
    assert done.usage.ttft_s is not None
    assert max(gaps) < done.usage.ttft_s / 2


def test_a_cancel_during_prefill_takes_effect_before_the_prefill_ends(engine):
    whole = answer(engine.complete("x" + STORY * 2, SamplingOptions(max_tokens=1)))[1]
    generation = engine.complete("y" + STORY * 2, SamplingOptions(max_tokens=1))
    generation.cancel()
    begun = time.monotonic()
    _, done = answer(generation)
    assert done.finish_reason == "cancelled"
    assert whole.usage.ttft_s is not None
    assert time.monotonic() - begun < whole.usage.ttft_s / 2


def test_a_second_turn_reuses_the_first(engine):
    turns = [Message("user", "Here is a diary. " + STORY + "Who wrote it?")]
    text, first = answer(engine.chat(turns, SamplingOptions(temperature=0, max_tokens=16)))
    turns += [Message("assistant", text), Message("user", "And when?")]
    _, second = answer(engine.chat(turns, SamplingOptions(temperature=0, max_tokens=16)))
    assert second.usage.cached_tokens >= first.usage.prompt_tokens - 1


def test_an_answer_that_was_cut_goes_on_as_if_it_had_not_been(engine):
    question = [Message("user", "Name the capital of France.")]
    whole, _ = answer(engine.chat(question, SamplingOptions(temperature=0, max_tokens=64)))
    begun, cut = answer(engine.chat(question, SamplingOptions(temperature=0, max_tokens=3)))
    assert cut.finish_reason == "length"
    options = SamplingOptions(temperature=0, max_tokens=64)
    rest, done = answer(engine.chat(question, options, continues=begun))
    assert (begun + rest, done.finish_reason) == (whole, "stop")

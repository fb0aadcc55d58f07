"""How likely the model found its tokens: the numbers, and that they come with their text."""

import itertools
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.llama_reference import reference
from tests.tiny_gguf import small_vocabulary, write_tiny
from yi_local.engine.client import Engine, Generation
from yi_local.engine.worker.generation import Generation as Running
from yi_local.settings.sampling import WrongOption, sampling_from
from yi_local.types import Done, LoadOptions, SamplingOptions, TextDelta, TokenLogprob

FAKE = Path(__file__).parent.parent / "fake_worker.py"
TOKENS = small_vocabulary().tokens
STORY = "a the user system the a user "


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("tiny")
    with Engine(log_dir=folder / "logs") as engine:
        load(engine, write_tiny(folder / "tiny.gguf"))
        yield engine


def load(engine: Engine, path: Path) -> None:
    for _ in engine.load(LoadOptions(str(path))):
        pass


def deltas(generation: Generation) -> list[TextDelta]:
    *events, last = generation
    assert isinstance(last, Done)
    return [event for event in events if isinstance(event, TextDelta)]


def likely(engine: Engine, **options: object) -> tuple[str, list[TokenLogprob]]:
    sampling = SamplingOptions(**({"max_tokens": 12, "temperature": 0} | options))  # type: ignore[arg-type]
    found = deltas(engine.complete(STORY, sampling))
    return "".join(each.text for each in found), [one for each in found for one in each.logprobs]


# -- the numbers


def test_without_being_asked_for_there_are_none(engine: Engine) -> None:
    text, logprobs = likely(engine)
    assert text
    assert logprobs == []


def test_greedy_takes_the_likeliest(engine: Engine) -> None:
    _, logprobs = likely(engine, top_logprobs=5)
    assert logprobs
    for each in logprobs:
        assert each.top[0] == (each.token, each.bytes, each.logprob)
        assert [one[2] for one in each.top] == sorted((one[2] for one in each.top), reverse=True)
        assert len(each.top) == 5
        assert sum(math.exp(one[2]) for one in each.top) <= 1 + 1e-6


def test_zero_asks_for_the_chosen_tokens_alone(engine: Engine) -> None:
    _, alone = likely(engine, top_logprobs=0)
    _, more = likely(engine, top_logprobs=3)
    assert [one.logprob for one in alone] == [one.logprob for one in more]
    assert {one.top for one in alone} == {()}


def test_sampling_does_not_change_what_the_model_thinks(engine: Engine) -> None:
    forced = {"logit_bias": {TOKENS.index("Z"): 1000.0}, "max_tokens": 1, "top_logprobs": 4}
    text, [only] = likely(engine, **forced)
    assert (text, only.token, only.bytes) == ("Z", "Z", b"Z")
    assert only.logprob < only.top[0][2]
    _, [cold] = likely(engine, temperature=5, **forced)
    assert (cold.logprob, cold.top) == (only.logprob, only.top)


def test_a_grammar_does_neither(engine: Engine) -> None:
    _, [free, *_] = likely(engine, top_logprobs=4)
    _, [bound, *_] = likely(engine, top_logprobs=4, grammar='root ::= "Z" "Q"')
    assert (bound.token, bound.top) == ("Z", free.top)


@pytest.mark.parametrize("top", [-1, 21])
def test_more_than_twenty_are_refused(top: int) -> None:
    with pytest.raises(ValueError, match="top_logprobs"):
        SamplingOptions(top_logprobs=top)


def test_a_preset_does_not_offer_them() -> None:
    with pytest.raises(WrongOption, match="no sampling option"):
        sampling_from({"temperature": 0.5, "top_logprobs": 3})


# -- with their text


def test_their_bytes_are_the_text(engine: Engine) -> None:
    text, logprobs = likely(engine, top_logprobs=0, max_tokens=40, temperature=1.5, seed=3, top_k=0)
    assert b"".join(one.bytes for one in logprobs).decode("utf-8", "replace").startswith(text[:3])
    for delta in deltas(engine.complete(STORY, SamplingOptions(max_tokens=20, top_logprobs=0))):
        shown = b"".join(one.bytes for one in delta.logprobs).decode("utf-8", "replace")
        assert shown == delta.text


def test_a_character_of_several_tokens_brings_all_of_them(engine: Engine) -> None:
    """A grammar makes random weights spell it out in bytes."""
    sampling = SamplingOptions(max_tokens=8, top_logprobs=0, grammar='root ::= "饕"')
    [delta] = deltas(engine.complete(STORY, sampling))
    assert delta.text == "饕"
    assert b"".join(one.bytes for one in delta.logprobs) == "饕".encode()
    assert len(delta.logprobs) == 3
    assert {one.token for one in delta.logprobs} == {"\ufffd"}


def test_what_a_stop_string_cuts_has_none(engine: Engine) -> None:
    forced = {"grammar": 'root ::= "Zaa" "Q!b"', "top_logprobs": 0, "max_tokens": 20}
    whole, all_of_them = likely(engine, **forced)
    text, kept = likely(engine, stop=("Q!",), **forced)
    assert (whole, text) == ("ZaaQ!b", "Zaa")
    assert b"".join(one.bytes for one in kept) == b"Zaa"
    assert kept == all_of_them[: len(kept)]


def test_the_token_that_ends_an_answer_has_none(engine: Engine) -> None:
    text, logprobs = likely(engine, top_logprobs=2, grammar='root ::= "Z"')
    assert (text, [one.token for one in logprobs]) == ("Z", ["Z"])


def running(*stop: str) -> Running:
    return Running(1, None, SamplingOptions(stop=stop, top_logprobs=0), 1)  # type: ignore[arg-type]


@given(
    text=st.text(alphabet="ab🦊饕\n", max_size=30),
    stops=st.lists(st.text(alphabet="ab🦊饕\n", min_size=1, max_size=3), max_size=2),
    cuts=st.lists(st.integers(0, 120), max_size=20),
)
def test_any_split_brings_each_token_once_and_with_its_last_character(
    text: str, stops: list[str], cuts: list[int]
) -> None:
    data = text.encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    generation, shown, brought = running(*stops), "", 0
    for number, (start, end) in enumerate(itertools.pairwise(edges)):
        new, reason = generation.accept(data[start:end], False, False, [number])
        if new:
            shown += new
            lines = generation.logprobs(new)
            assert [line[0] for line in lines] == list(range(brought, brought + len(lines)))
            brought += len(lines)
            size = len(shown.encode())
            whole = [at for at in edges[1:] if at <= size]
            assert brought in (len(whole), len(whole) - 1)  # -1: one that waits for its character
            assert brought == 0 or edges[brought] <= size
        if reason is not None:
            return
    rest = generation.give_up()
    generation.logprobs(rest)
    assert shown + rest == text


def test_a_broken_character_brings_its_tokens_too() -> None:
    generation = running()
    assert generation.accept(b"\xe9\xa5", False, False, ["half"])[0] == ""
    text, _ = generation.accept(b"a", False, False, ["a"])
    assert (text, generation.logprobs(text)) == ("\ufffda", [["half"], ["a"]])


def test_the_stand_in_speaks_of_them_too(tmp_path: Path) -> None:
    with Engine(log_dir=tmp_path, command=[sys.executable, str(FAKE)]) as engine:
        load(engine, Path("fake.gguf"))
        generation = engine.complete("say hallo", SamplingOptions(top_logprobs=2))
        found = [one for delta in deltas(generation) for one in delta.logprobs]
    assert [one.token for one in found] == ["ha", "ll", "o"]
    assert [len(one.top) for one in found] == [2, 2, 2]


# -- llama-cpp-python's own


@pytest.mark.model
def test_they_are_those_of_llama_cpp_python(demo_model: Path, tmp_path: Path) -> None:
    sampling = SamplingOptions(temperature=0.8, seed=4, max_tokens=24, top_logprobs=5)
    with Engine(log_dir=tmp_path) as engine:
        load(engine, demo_model)
        assert engine.model is not None
        prompt = engine.tokenize("The history of the lighthouse begins")
        found = deltas(engine.complete(prompt.text, sampling))
        threads = engine.model.n_threads
        whole = engine.tokenize(prompt.text + "".join(delta.text for delta in found))
    logprobs = [one for delta in found for one in delta.logprobs]
    assert b"".join(one.bytes for one in logprobs).decode() == "".join(d.text for d in found)
    n_prompt = len(prompt.token_ids)
    assert len(whole.token_ids) - n_prompt == len(logprobs), "tokenized as it was sampled"
    expected = reference(demo_model, threads, "logprobs", 5, [list(whole.token_ids), n_prompt])
    for one, (logprob, top) in zip(logprobs, expected, strict=True):
        assert one.logprob == pytest.approx(logprob, abs=1e-3)
        assert [each[2] for each in one.top] == pytest.approx([each[1] for each in top], abs=1e-3)

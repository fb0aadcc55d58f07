"""When an answer ends, and what it took."""

from itertools import count

from yi_local.engine.worker.generation import Generation
from yi_local.types import SamplingOptions


def generation(prompt_tokens: int = 10, **options: object) -> Generation:
    seconds = count()
    return Generation(1, None, SamplingOptions(**options), prompt_tokens, lambda: next(seconds))


def test_an_end_token_stops_and_shows_what_was_held_back():
    running = generation(stop=("<end>",))
    assert running.accept(b"a <e", ends=False, full=False) == ("a ", None)
    assert running.accept(b"", ends=True, full=False) == ("<e", "stop")


def test_max_tokens_ends_with_length():
    running = generation(max_tokens=2)
    assert running.accept(b"a", ends=False, full=False) == ("a", None)
    assert running.accept(b"b", ends=False, full=False) == ("b", "length")


def test_a_full_context_is_never_silent():
    assert generation().accept(b"a", ends=False, full=True) == ("a", "length")


def test_a_stop_string_wins_over_max_tokens_reached_by_the_same_token():
    assert generation(max_tokens=1, stop=(".",)).accept(b"a.", False, False) == ("a", "stop")


def test_usage_tells_prefill_and_decode_apart():
    running = generation(prompt_tokens=10)
    for _ in range(3):
        running.accept(b"x", ends=False, full=False)
    usage = running.usage(cached_tokens=4)
    assert (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (10, 4, 3)
    assert (usage.ttft_s, usage.prefill_tps, usage.decode_tps) == (1, 6, 1)


def test_what_was_never_timed_is_unknown():
    usage = generation().usage(cached_tokens=0)
    assert (usage.ttft_s, usage.prefill_tps, usage.decode_tps) == (None, None, None)

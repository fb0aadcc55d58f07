"""How long a cancel takes, while decoding and during prefill: at most 100 ms."""

import time

from common import demo_engine, summary

from yi_local.engine.client import Engine
from yi_local.types import Done, SamplingOptions, TextDelta

ROUNDS = 15
LONG = "The keeper wrote down the wind, the ships and the weather of the day number {n}. "


def main() -> None:
    with demo_engine() as engine:
        decoding = [_cancel_decode(engine, n) for n in range(ROUNDS)]
        prefill = [_cancel_prefill(engine, n) for n in range(ROUNDS)]
    print(summary("cancel while decoding", decoding, "ms"))
    print(summary("cancel during prefill", prefill, "ms"))
    print(f"worst: {max(decoding + prefill):.0f} ms (goal: at most 100 ms)")


def _cancel_decode(engine: Engine, round_: int) -> float:
    """From the cancel to the last event, after the fifth token."""
    generation = engine.complete(f"{round_}. Once upon a time", SamplingOptions(max_tokens=500))
    tokens = 0
    for event in generation:
        tokens += isinstance(event, TextDelta)
        if tokens == 5:
            break
    begun = time.perf_counter()
    generation.cancel()
    last = list(generation)[-1]
    assert isinstance(last, Done)
    assert last.finish_reason == "cancelled"
    return (time.perf_counter() - begun) * 1000


def _cancel_prefill(engine: Engine, round_: int) -> float:
    """From the cancel to the last event, 0.2 s into a prompt that takes seconds."""
    story = "".join(LONG.format(n=round_ * 1000 + n) for n in range(200))
    generation = engine.complete(story, SamplingOptions(max_tokens=5))
    time.sleep(0.2 + 0.03 * round_)
    begun = time.perf_counter()
    generation.cancel()
    last = list(generation)[-1]
    assert isinstance(last, Done)
    assert last.finish_reason == "cancelled"
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()

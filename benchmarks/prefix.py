"""Time to first token of a second turn in a 2,000-token conversation: at most 5 % of the first."""

import statistics

from common import demo_engine, finish

from yi_local.types import Message, SamplingOptions

ROUNDS = 5
SENTENCE = "The keeper of lighthouse number {n} wrote down the wind, the ships and the weather. "


def main() -> None:
    options = SamplingOptions(temperature=0, max_tokens=16)
    ratios = []
    with demo_engine() as engine:
        for round_ in range(ROUNDS):
            story = "".join(SENTENCE.format(n=round_ * 1000 + n) for n in range(105))
            turns = [Message("user", story + "Who wrote?")]
            text, first = finish(engine.chat(turns, options))
            turns += [Message("assistant", text), Message("user", "And what about the ships?")]
            _, second = finish(engine.chat(turns, options))
            assert first.ttft_s is not None
            assert second.ttft_s is not None
            ratios.append(second.ttft_s / first.ttft_s)
            print(
                f"first: {first.prompt_tokens} tokens, {first.ttft_s:.2f} s;  second: "
                f"{second.cached_tokens} of {second.prompt_tokens} cached, {second.ttft_s:.3f} s"
            )
    print(f"ratio second / first: {statistics.median(ratios):.1%} (goal: at most 5 %)")


if __name__ == "__main__":
    main()

"""Eight answers at once against one after the other, and against a bare batched loop."""

import statistics
import threading
import time

from bare import PROMPT
from common import bare_tps, demo_engine, finish, summary

from yi_local.engine.client import Engine
from yi_local.types import SamplingOptions

ROUNDS, N_TOKENS, N_SEQ = 5, 64, 8


def main() -> None:
    alone, together, bare_gains = [], [], []
    with demo_engine() as engine:
        assert engine.model is not None
        threads, repack = engine.model.n_threads, engine.cpu_repack
        for _ in range(ROUNDS):
            alone.append(_tps(engine, at_once=False))
            together.append(_tps(engine, at_once=True))
            one = bare_tps("decode", N_TOKENS, threads, repack)
            bare_gains.append(bare_tps("batched", N_TOKENS, threads, repack, N_SEQ) / one)
    gains = [many / one for many, one in zip(together, alone, strict=True)]
    print(summary("one after the other", alone, "tokens/s"))
    print(summary(f"{N_SEQ} at once", together, "tokens/s"))
    print(summary("gain of the engine", gains, "times"))
    print(summary("gain of a bare batched loop", bare_gains, "times"))
    ratio = statistics.median(gains) / statistics.median(bare_gains)
    print(f"ratio of the gains, engine / bare: {ratio:.3f} (goal: at least 0.95)")


def _tps(engine: Engine, at_once: bool) -> float:
    """Tokens per second over all answers, from the first request to the last token."""
    options = SamplingOptions(temperature=0, max_tokens=N_TOKENS, logit_bias={0: -100.0, 2: -100.0})
    prompts = [f"{n}. {PROMPT.decode()}" for n in range(N_SEQ)]
    counts: list[int] = []

    def ask(prompt: str) -> None:
        counts.append(finish(engine.complete(prompt, options))[1].completion_tokens)

    begun = time.perf_counter()
    if at_once:
        askers = [threading.Thread(target=ask, args=(prompt,)) for prompt in prompts]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
    else:
        for prompt in prompts:
            ask(prompt)
    return sum(counts) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()

"""Decode speed through the engine's pipe against a bare llama_decode loop: at least 0.97."""

import statistics

from bare import PROMPT
from common import bare_tps, demo_engine, finish, summary

from yi_local.types import SamplingOptions

ROUNDS, N_TOKENS = 7, 256


def main() -> None:
    """Each in a fresh process and one after the other: they never share the cores or a cache."""
    options = SamplingOptions(temperature=0, max_tokens=N_TOKENS + 1)
    ours, bare = [], []
    for _ in range(ROUNDS):
        with demo_engine() as engine:
            assert engine.model is not None
            threads, repack = engine.model.n_threads, engine.cpu_repack
            usage = finish(engine.complete(PROMPT.decode(), options))[1]
        assert usage.decode_tps is not None
        ours.append(usage.decode_tps)
        bare.append(bare_tps("decode", N_TOKENS, threads, repack))
    print(summary("engine", ours, "tokens/s"))
    print(summary("bare llama_decode", bare, "tokens/s"))
    ratios = [a / b for a, b in zip(ours, bare, strict=True)]
    print(f"ratio engine / bare: {statistics.median(ratios):.3f} (goal: at least 0.97)")


if __name__ == "__main__":
    main()

"""The baseline: llama.cpp's own decode loop in one process, without anything of yi_local around.

    python benchmarks/bare.py decode MODEL N_TOKENS THREADS REPACK     one sequence
    python benchmarks/bare.py batched MODEL N_TOKENS THREADS REPACK N  N sequences in every batch

Prints tokens per second. REPACK is 1 or 0: whether llama.cpp may rearrange weights for the CPU.
"""

import sys
import time

from llama_cpp import llama_cpp as ll

PROMPT = b"The history of the lighthouse begins"


class Bare:
    def __init__(self, path: str, threads: int, repack: bool, n_seq: int) -> None:
        ll.llama_backend_init()
        ll.llama_log_set(_silent, None)
        model_params = ll.llama_model_default_params()
        model_params.use_extra_bufts = repack
        self.model = ll.llama_model_load_from_file(path.encode(), model_params)
        params = ll.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch, params.n_seq_max = 8192, 512, 512, 8
        params.n_outputs_max, params.kv_unified, params.no_perf = 8, True, True
        params.n_threads = params.n_threads_batch = threads
        self.context = ll.llama_init_from_model(self.model, params)
        self.vocab = ll.llama_model_get_vocab(self.model)
        self.batch = ll.llama_batch_init(512, 0, 1)
        self.samplers = [ll.llama_sampler_init_greedy() for _ in range(n_seq)]

    def tokenize(self, text: bytes) -> list[int]:
        tokens = (ll.llama_token * 512)()
        return list(
            tokens[: ll.llama_tokenize(self.vocab, text, len(text), tokens, 512, False, True)]
        )

    def decode(self, items: list[tuple[int, int, int, bool]]) -> None:
        batch = self.batch
        for index, (token, position, seq, wants) in enumerate(items):
            batch.token[index], batch.pos[index] = token, position
            batch.n_seq_id[index], batch.seq_id[index][0] = 1, seq
            batch.logits[index] = wants
        batch.n_tokens = len(items)
        assert ll.llama_decode(self.context, batch) == 0

    def tps(self, n_tokens: int) -> float:
        """All sequences start from the same prompt; the clock starts after the prefill."""
        prompt = self.tokenize(PROMPT)
        seqs = range(len(self.samplers))
        current = []
        for seq in seqs:
            last = len(prompt) - 1
            self.decode([(t, at, seq, at == last) for at, t in enumerate(prompt)])
            current.append(ll.llama_sampler_sample(self.samplers[seq], self.context, last))
        begun = time.perf_counter()
        for step in range(n_tokens):
            self.decode([(current[seq], len(prompt) + step, seq, True) for seq in seqs])
            for seq in seqs:
                current[seq] = ll.llama_sampler_sample(self.samplers[seq], self.context, seq)
        return n_tokens * len(seqs) / (time.perf_counter() - begun)


@ll.llama_log_callback
def _silent(level: int, text: bytes, user_data: object) -> None:
    pass


if __name__ == "__main__":
    mode, path, n_tokens, threads, repack, *rest = sys.argv[1:]
    bare = Bare(path, int(threads), repack == "1", int(rest[0]) if mode == "batched" else 1)
    print(bare.tps(int(n_tokens)))

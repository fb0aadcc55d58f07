"""llama.cpp itself, greedy, in one process: prints the text of N tokens after a prompt on stdin.

python tests/bare_greedy.py MODEL N_TOKENS THREADS REPACK < PROMPT
"""

import sys

from llama_cpp import llama_cpp as ll


def main(path: str, n_tokens: int, threads: int, repack: bool, text: bytes) -> bytes:
    ll.llama_backend_init()
    model_params = ll.llama_model_default_params()
    model_params.use_extra_bufts = repack
    model = ll.llama_model_load_from_file(path.encode(), model_params)
    params = ll.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = 2048, 512, 512
    params.n_threads = params.n_threads_batch = threads
    context = ll.llama_init_from_model(model, params)
    vocab = ll.llama_model_get_vocab(model)
    buffer = (ll.llama_token * (len(text) + 8))()
    n = ll.llama_tokenize(vocab, text, len(text), buffer, len(buffer), True, True)
    sampler = ll.llama_sampler_init_greedy()
    for start in range(0, n, 512):
        piece = (ll.llama_token * 512)(*buffer[start : min(start + 512, n)])
        assert ll.llama_decode(context, ll.llama_batch_get_one(piece, min(512, n - start))) == 0
    out = b""
    piece_buffer = bytes(64)
    for _ in range(n_tokens):
        token = ll.llama_sampler_sample(sampler, context, -1)
        if ll.llama_vocab_is_eog(vocab, token):
            break
        length = ll.llama_token_to_piece(vocab, token, piece_buffer, 64, 0, False)
        out += piece_buffer[:length]
        one = (ll.llama_token * 1)(token)
        assert ll.llama_decode(context, ll.llama_batch_get_one(one, 1)) == 0
    return out


if __name__ == "__main__":
    model_path, n_tokens, threads, repack = sys.argv[1:]
    result = main(model_path, int(n_tokens), int(threads), repack == "1", sys.stdin.buffer.read())
    sys.stdout.buffer.write(result)

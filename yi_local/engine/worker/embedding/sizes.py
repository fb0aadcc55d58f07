"""How long a text can be for a model that embeds, with the batches that this takes."""

from dataclasses import replace

from yi_local.gguf_file import GgufHeader
from yi_local.gguf_file.embedding import is_encoder, reads_both_ways
from yi_local.types import LoadOptions

DEFAULT_N_CTX = 2048  # tokens of a text; what is cut up for a search is shorter

# llama.cpp keeps room for the logits of all the tokens an encoder reads, though it has none
# (llama_context::output_reserve): 8,192 of them would take 8 GB with a vocabulary of 250,000.
_LOGITS_BYTES = 2 << 30


def longest_text(header: GgufHeader) -> int:
    """In tokens: an encoder has no positions beyond those it was trained on."""
    trained = header.integer(f"{header.architecture}.context_length") or DEFAULT_N_CTX
    if not is_encoder(header) or not header.n_vocab:
        return trained
    return min(trained, _LOGITS_BYTES // (4 * header.n_vocab))


def fitted(options: LoadOptions, header: GgufHeader) -> LoadOptions:
    """With `n_ctx` as the longest text, which a model that reads both ways computes in one piece.

    A causal one keeps its batches: logits come out of it for every token of a ubatch.
    """
    n_ctx = min(options.n_ctx or DEFAULT_N_CTX, longest_text(header))
    if reads_both_ways(header):
        return replace(options, n_ctx=n_ctx, n_batch=n_ctx, n_ubatch=n_ctx)
    return replace(options, n_ctx=n_ctx, n_batch=min(options.n_batch, n_ctx))

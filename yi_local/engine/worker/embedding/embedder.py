"""Texts in, vectors out: the compute of a model that was loaded to embed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from yi_local.engine.memory_words import tells_of_no_memory
from yi_local.engine.worker.embedding.sizes import fitted, longest_text
from yi_local.engine.worker.model import Model
from yi_local.engine.worker.params import context_params
from yi_local.errors import CannotLoad, NotEnoughMemory, YiLocalError
from yi_local.gguf_file import GgufHeader
from yi_local.gguf_file.embedding import Pooling, is_encoder, pooling_of
from yi_local.language import tr
from yi_local.types import LoadOptions

_Token = tuple[int, int, int]  # sequence, position, id


class Embedder:
    """Owns a llama_context that gives out the states of all its tokens.

    Pooling is done here: llama.cpp's own pools each ubatch alone, so that a text must fit one, and
    a causal model's ubatch of thousands of tokens takes gigabytes for logits that nobody reads.
    """

    def __init__(
        self, model: Model, header: GgufHeader, options: LoadOptions, n_threads: int
    ) -> None:
        self._ll = ll = model.ll
        self._model = model
        self._pooling: Pooling = pooling_of(header) or "mean"
        sized = fitted(options, header)
        assert sized.n_ctx is not None
        self.n_ctx, self._n_batch = sized.n_ctx, sized.n_batch
        self.could_be_longer = self.n_ctx < longest_text(header)
        self.step_tokens = min(options.n_batch, self._n_batch)  # attention is for all pairs of them
        self.n_seq_max = options.n_seq_max
        params = context_params(ll, sized, self.n_ctx, n_threads)
        self.pointer = ll.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise self._why_not()
        self._memory = ll.llama_get_memory(self.pointer)  # an encoder has none
        self._run = ll.llama_encode if is_encoder(header) else ll.llama_decode
        self._batch = ll.llama_batch_init(self._n_batch, 0, 1)

    def token_ids(self, text: str) -> list[int]:
        """With the marks that the model was trained to see around a text; none in it counts."""
        return self._model.tokenize(text, parse_special=False, add_special=True)

    def embed(self, texts: Sequence[Sequence[int]]) -> list[list[float]]:
        """In one step: at most `n_seq_max` texts, one alone or together `step_tokens` long."""
        tokens = [
            (seq, position, token)
            for seq, text in enumerate(texts)
            for position, token in enumerate(text)
        ]
        sums = np.zeros((len(texts), self._model.n_embd))
        try:
            for start in range(0, len(tokens), self._n_batch):
                piece = tokens[start : start + self._n_batch]
                states = self._states(piece)
                counted = [i for i, token in enumerate(piece) if self._counts(token, texts)]
                np.add.at(sums, [piece[i][0] for i in counted], states[counted])
        finally:
            if self._memory:
                self._ll.llama_memory_clear(self._memory, False)
        return [_of_length_1(vector) for vector in sums]

    def warm_up(self) -> None:
        """Pages the weights in, and shows here whether the CPU's kernels work."""
        self._states([(0, 0, 0), (0, 1, 1)])
        if self._memory:
            self._ll.llama_memory_clear(self._memory, True)

    def _counts(self, token: _Token, texts: Sequence[Sequence[int]]) -> bool:
        """Whether the token is one of those whose states make up its text's vector."""
        seq, position, _ = token
        match self._pooling:
            case "cls":
                return position == 0
            case "last":
                return position == len(texts[seq]) - 1
        return True

    def _states(self, tokens: Sequence[_Token]) -> Any:
        """One row for each token, gone with the next call."""
        batch = self._batch
        for index, (seq, position, token) in enumerate(tokens):
            batch.token[index], batch.pos[index] = token, position
            batch.n_seq_id[index], batch.seq_id[index][0] = 1, seq
            batch.logits[index] = 1
        batch.n_tokens = len(tokens)
        status = self._run(self.pointer, batch)
        if status != 0:
            raise YiLocalError(
                tr("llama.cpp failed to compute an embedding (it returned {n}).", n=status),
                tr("The engine's log says more."),
            )
        states = self._ll.llama_get_embeddings(self.pointer)
        return np.ctypeslib.as_array(states, shape=(len(tokens), self._model.n_embd))

    def _why_not(self) -> CannotLoad:
        log = self._model.log
        if tells_of_no_memory("\n".join(log.errors)):
            return NotEnoughMemory(
                tr("There is not enough memory to embed texts of {n} tokens.", n=self.n_ctx),
                tr("Ask for shorter ones with --ctx."),
            )
        return CannotLoad(
            tr("llama.cpp cannot embed with this model: {reason}.", reason=log.reason),
            tr("Use an embedding model."),
        )


def _of_length_1(vector: Any) -> list[float]:
    length = float(np.linalg.norm(vector))
    if not 0 < length < float("inf"):  # also not for NaN
        raise YiLocalError(
            tr("The model's embedding of this text is not a number."),
            tr("Its file may be damaged; yi verify checks it."),
        )
    return [float(value) for value in vector / length]

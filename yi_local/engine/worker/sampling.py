"""Sampling options as a chain of llama.cpp's samplers."""

import ctypes as C
import json
import random
from collections.abc import Sequence
from typing import Any

from yi_local.engine.worker.context import Context
from yi_local.engine.worker.llama import schema_to_gbnf
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.types import SamplingOptions

_MIROSTAT_M = 100  # tokens that estimate the distribution's slope; the value of the paper
_MIN_KEEP = 1  # candidates a truncating sampler must leave


class Sampler:
    """Chooses one sequence's next tokens, and remembers them for the penalties.

    A grammar is asked about the chosen token first, and only when it refuses that one, about the
    whole vocabulary: most tokens of a model that follows its instructions are allowed.
    """

    def __init__(self, context: Context, options: SamplingOptions, prompt: Sequence[int]) -> None:
        self.seed = random.getrandbits(32) % (2**32 - 1) if options.seed is None else options.seed
        self._context = context
        self._ll = context.ll
        self._vocab = context.model.vocab
        self._grammar = self._make_grammar(options)  # first: it can fail, and owns nothing yet
        self._chain = self._ll.llama_sampler_chain_init(
            self._ll.llama_sampler_chain_default_params()
        )
        self._fill(options)
        for token in _remembered(prompt, options):
            self._ll.llama_sampler_accept(self._chain, token)

    def sample(self, row: int) -> int:
        """The next token, from the logits at `row` of the last batch."""
        if self._grammar is None:
            return int(self._ll.llama_sampler_sample(self._chain, self._context.pointer, row))
        token = self._choose(row, constrained=False)
        if not self._allowed(token):
            token = self._choose(row, constrained=True)
        self._ll.llama_sampler_accept(self._grammar, token)
        self._ll.llama_sampler_accept(self._chain, token)
        return token

    def close(self) -> None:
        self._ll.llama_sampler_free(self._chain)
        if self._grammar is not None:
            self._ll.llama_sampler_free(self._grammar)

    def _fill(self, options: SamplingOptions) -> None:
        """llama.cpp's own order: what changes single logits, what cuts the tail, the choice."""
        ll, seed = self._ll, self.seed
        self._add_logit_bias(options)
        if _penalizes(options):
            self._add(
                ll.llama_sampler_init_penalties(
                    self._context.model.n_vocab,
                    self._window(options.repeat_last_n),
                    options.repeat_penalty,
                    options.frequency_penalty,
                    options.presence_penalty,
                )
            )
        if options.dry_multiplier:
            self._add_dry(options)
        if options.temperature == 0:
            self._add(ll.llama_sampler_init_greedy())
        elif options.mirostat:
            self._add_mirostat(options, seed)
        else:
            self._add_truncation(options, seed)
            self._add(ll.llama_sampler_init_temp(options.temperature))
            self._add(ll.llama_sampler_init_dist(seed))

    def _add_truncation(self, options: SamplingOptions, seed: int) -> None:
        ll = self._ll
        if options.top_k:
            self._add(ll.llama_sampler_init_top_k(options.top_k))
        if options.typical_p < 1:
            self._add(ll.llama_sampler_init_typical(options.typical_p, _MIN_KEEP))
        if options.top_p < 1:
            self._add(ll.llama_sampler_init_top_p(options.top_p, _MIN_KEEP))
        if options.min_p:
            self._add(ll.llama_sampler_init_min_p(options.min_p, _MIN_KEEP))
        if options.xtc_probability:
            self._add(
                ll.llama_sampler_init_xtc(
                    options.xtc_probability, options.xtc_threshold, _MIN_KEEP, seed
                )
            )

    def _add_mirostat(self, options: SamplingOptions, seed: int) -> None:
        ll, tau, eta = self._ll, options.mirostat_tau, options.mirostat_eta
        self._add(ll.llama_sampler_init_temp(options.temperature))
        if options.mirostat == 1:
            n_vocab = self._context.model.n_vocab
            self._add(ll.llama_sampler_init_mirostat(n_vocab, seed, tau, eta, _MIROSTAT_M))
        else:
            self._add(ll.llama_sampler_init_mirostat_v2(seed, tau, eta))

    def _add_dry(self, options: SamplingOptions) -> None:
        breakers = [text.encode() for text in options.dry_sequence_breakers]
        self._add(
            self._ll.llama_sampler_init_dry(
                self._vocab,
                options.dry_multiplier,
                options.dry_base,
                options.dry_allowed_length,
                self._window(options.dry_penalty_last_n),
                (C.c_char_p * len(breakers))(*breakers),
                len(breakers),
            )
        )

    def _add_logit_bias(self, options: SamplingOptions) -> None:
        n_vocab = self._context.model.n_vocab
        for token in options.logit_bias:
            if not 0 <= token < n_vocab:
                raise UsageError(
                    tr("logit_bias names the token {token}.", token=token),
                    tr("This model's tokens are 0 to {last}.", last=n_vocab - 1),
                )
        if options.logit_bias:
            biases = (self._ll.llama_logit_bias * len(options.logit_bias))()
            for entry, (token, bias) in zip(biases, options.logit_bias.items(), strict=True):
                entry.token, entry.bias = token, bias
            self._add(self._ll.llama_sampler_init_logit_bias(n_vocab, len(biases), biases))

    def _window(self, last_n: int) -> int:
        return self._context.n_ctx if last_n < 0 else last_n

    def _add(self, sampler: Any) -> None:
        self._ll.llama_sampler_chain_add(self._chain, sampler)

    # -- grammar

    def _make_grammar(self, options: SamplingOptions) -> Any | None:
        grammar = options.grammar
        if options.json_schema is not None:
            grammar = _grammar_of(options.json_schema)
        if grammar is None:
            return None
        if not grammar.strip():  # llama.cpp takes an empty one, and then never chooses a token
            raise UsageError(
                tr("The grammar is empty."), tr("It needs at least a rule named root.")
            )
        sampler = self._ll.llama_sampler_init_grammar(self._vocab, grammar.encode(), b"root")
        if not sampler:
            raise UsageError(
                tr("The grammar is not valid GBNF, or has no rule named root."),
                tr("The engine's log shows where llama.cpp stopped reading."),
            )
        return sampler

    def _allowed(self, token: int) -> bool:
        candidate = (self._ll.llama_token_data * 1)()
        candidate[0].id, candidate[0].logit = token, 1.0
        array = self._ll.llama_token_data_array(candidate, 1, -1, False)
        self._ll.llama_sampler_apply(self._grammar, C.byref(array))
        return bool(candidate[0].logit != float("-inf"))

    def _choose(self, row: int, constrained: bool) -> int:
        """Like llama_sampler_sample, but without remembering, and with the grammar in front."""
        import numpy as np  # only who asks for a grammar waits the 60 ms of this import

        model = self._context.model
        candidates = (self._ll.llama_token_data * model.n_vocab)()
        view = np.ctypeslib.as_array(candidates)
        logits = self._ll.llama_get_logits_ith(self._context.pointer, row)
        view["id"] = np.arange(model.n_vocab)
        view["logit"] = np.ctypeslib.as_array(logits, shape=(model.n_vocab,))
        array = self._ll.llama_token_data_array(candidates, model.n_vocab, -1, False)
        if constrained:
            self._ll.llama_sampler_apply(self._grammar, C.byref(array))
        self._ll.llama_sampler_apply(self._chain, C.byref(array))
        return int(array.data[array.selected].id)


def _penalizes(options: SamplingOptions) -> bool:
    return options.repeat_last_n != 0 and (
        options.repeat_penalty != 1
        or options.frequency_penalty != 0
        or options.presence_penalty != 0
    )


def _remembered(prompt: Sequence[int], options: SamplingOptions) -> Sequence[int]:
    """The part of the prompt that the penalties look back on."""
    windows = []
    if _penalizes(options):
        windows.append(options.repeat_last_n)
    if options.dry_multiplier:
        windows.append(options.dry_penalty_last_n)
    if not windows:
        return ()
    return prompt if min(windows) < 0 else prompt[-max(windows) :]


def _grammar_of(schema: str) -> str:
    try:
        json.loads(schema)
    except ValueError as error:
        raise UsageError(
            tr("The schema is not JSON: {error}.", error=error), tr("Give a JSON schema.")
        ) from error
    try:
        return schema_to_gbnf(schema)
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:  # it checks its input in all of these ways
        raise UsageError(
            tr("The schema cannot be turned into a grammar: {error}.", error=error),
            tr("Simplify it: type, properties, required, items, enum, anyOf and $ref work."),
        ) from error

"""How a request wants its tokens chosen: fields of the body -> fields of SamplingOptions.

Beside OpenAI's fields those of llama.cpp and vLLM are read, under SamplingOptions' own names.
"""

from typing import Any

from yi_local.language import tr
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.wrong import WrongRequest
from yi_local.types import SamplingOptions

MAX_STOPS = 16
MAX_BIASES = 1024
_MOST = 2**31 - 1
_SEEDS = 2**32 - 1  # llama.cpp's seeds are smaller than this; OpenAI's have 64 bits
_NUMBERS = (
    "temperature", "top_p", "min_p", "typical_p", "repeat_penalty", "frequency_penalty",
    "presence_penalty", "dry_multiplier", "dry_base", "xtc_probability", "xtc_threshold",
    "mirostat_tau", "mirostat_eta",
)  # fmt: skip
_INTEGERS = ("top_k", "repeat_last_n", "dry_allowed_length", "dry_penalty_last_n", "mirostat")


def read_sampling(fields: Fields) -> dict[str, Any]:
    """Only what is chosen; without the length, the form of the answer, and logprobs."""
    chosen: dict[str, Any] = {name: fields.number(name) for name in _NUMBERS}
    chosen |= {name: fields.integer(name, -_MOST, _MOST) for name in _INTEGERS}
    if chosen["repeat_penalty"] is None:
        chosen["repeat_penalty"] = fields.number("repetition_penalty")  # vLLM's name
    if chosen["top_k"] is not None:
        chosen["top_k"] = max(chosen["top_k"], 0)  # -1 is off for vLLM
    seed = fields.integer("seed", -(2**63), 2**64 - 1)
    chosen["seed"] = None if seed is None else seed % _SEEDS
    chosen["stop"] = read_stop(fields)
    chosen["logit_bias"] = _read_bias(fields)
    chosen["grammar"] = fields.text("grammar")
    given = {name: value for name, value in chosen.items() if value is not None}
    demand_possible(fields, given)
    return given


def read_stop(fields: Fields) -> tuple[str, ...] | None:
    """One string, or a list of them."""
    stop = fields.raw("stop")
    texts = [stop] if isinstance(stop, str) else fields.items("stop", MAX_STOPS)
    if not all(isinstance(text, str) and text for text in texts):
        raise fields.wrong("stop", tr("a string, or a list of strings, none of them empty"))
    return tuple(texts) or None


def demand_possible(fields: Fields, chosen: dict[str, Any]) -> None:
    """Raises WrongRequest for a value out of range, and for options that exclude each other."""
    for name, value in chosen.items():
        try:
            SamplingOptions(**{name: value})
        except ValueError as error:
            raise WrongRequest(f"{error}.", param=fields.place(name)) from None
    try:
        SamplingOptions(**chosen)
    except ValueError as error:
        raise WrongRequest(f"{error}.") from None


def _read_bias(fields: Fields) -> dict[int, float] | None:
    biases: dict[int, float] = {}
    entries = fields.entries("logit_bias")
    if len(entries) > MAX_BIASES:
        raise fields.wrong("logit_bias", tr("an object of {n} entries at most", n=MAX_BIASES))
    for token, bias in entries.items():
        number = int(token) if token.isascii() and token.isdigit() and len(token) <= 10 else -1
        if not 0 <= number <= _MOST:
            raise fields.wrong("logit_bias", tr("an object with token ids as its keys"))
        biases[number] = fields.as_number("logit_bias", bias)
        if not -100 <= biases[number] <= 100:
            raise fields.wrong("logit_bias", tr("an object of numbers between -100 and 100"))
    return biases or None

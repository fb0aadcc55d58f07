"""Which blocks of a model look back only so far, and how far.

llama.cpp decides by architecture (`load_swa_pattern` in src/models/*.cpp at 0c1e57098). It ignores
the window that other architectures declare (Phi 3, Mistral): their blocks see everything, which is
also the safe answer for an architecture that is not known here.
"""

from typing import NamedTuple

from yi_local.planner.formulas.hyperparameters import Hyperparameters


class _Pattern(NamedTuple):
    period: int  # one block out of so many sees everything
    dense_first: bool = False  # the first of the period; else the last
    default: int | None = None  # tokens, where the header does not say


_PATTERNS = {
    "afmoe": _Pattern(4),
    "cohere2": _Pattern(4),
    "cohere2moe": _Pattern(4, dense_first=True),
    "exaone-moe": _Pattern(4, default=128),
    "exaone4": _Pattern(4, default=4096),
    "gemma2": _Pattern(2, default=4096),
    "gemma3": _Pattern(6),
    "gemma3n": _Pattern(5),
    "gpt-oss": _Pattern(2),
    "laguna": _Pattern(4, dense_first=True),
    "llama4": _Pattern(4, default=8192),
    "mellum": _Pattern(4),
    "muse-glimmer": _Pattern(4),
    "olmo2": _Pattern(4),
    "plamo3": _Pattern(8),
    "smallthinker": _Pattern(4, dense_first=True),
}
_LISTED = {"gemma4", "granite_swa", "maple", "mimo2", "spark2_5", "step35"}  # always a list
_FIXED = {"llama4": 8192, "smallthinker": 4096}  # tokens, whatever the header says
_PATTERN_KEY = "attention.sliding_window_pattern"


def windows(parameters: Hyperparameters) -> list[int | None]:
    """For each block, in tokens; None where it sees everything."""
    everything: list[int | None] = [None] * parameters.n_block
    window = _window(parameters)
    if not window:
        return everything
    sliding = _sliding(parameters)
    return [
        window if sliding[block] and block < parameters.n_trunk else None
        for block in range(parameters.n_block)
    ]


def _window(parameters: Hyperparameters) -> int | None:
    architecture = parameters.architecture
    declared = parameters.optional("attention.sliding_window")
    if architecture in _LISTED or architecture == "lfm2":
        return declared
    pattern = _PATTERNS.get(architecture)
    if pattern is None or (architecture == "exaone4" and parameters.n_block != 64):
        return None
    window = pattern.default if declared is None else declared
    return _FIXED.get(architecture, window) if window else None


def _sliding(parameters: Hyperparameters) -> list[bool]:
    n_block = parameters.n_block
    if parameters.architecture == "lfm2":  # all that attend; its other blocks are recurrent
        return [True] * n_block
    period = parameters.optional(_PATTERN_KEY)
    if parameters.architecture in _LISTED or (period is None and parameters.has(_PATTERN_KEY)):
        return [bool(flag) for flag in parameters.per_block(_PATTERN_KEY, [0] * n_block)]
    pattern = _PATTERNS[parameters.architecture]
    period = pattern.period if period is None else period
    dense = 0 if pattern.dense_first else period - 1
    return [period == 0 or block % period != dense for block in range(n_block)]

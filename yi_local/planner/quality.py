"""What quantization costs: how far the answers move away from the unquantized model's.

The measure is the mean Kullback-Leibler divergence (KLD) of the next token's distribution. Table:
llama.cpp's tools/perplexity/README.md, LLaMA-3-8B against F16; bits per weight: its
tools/quantize/README.md, Llama-3.1-8B, and for Q4_0, Q4_1, Q5_0, Q5_1 the file sizes of the first.
"""

from bisect import bisect_left
from math import exp, log
from typing import NamedTuple

from yi_local.planner.plan import ModelFile

FEW_BITS = 3.4  # bits per weight; below it a smaller model is the better one (memory.md, 9)


class _Measured(NamedTuple):
    bits_per_weight: float
    kld: float
    kld_plain: float | None = None  # without an importance matrix, where both were measured


_TABLE = {
    "Q8_0": _Measured(8.5008, 0.001355),
    "Q6_K": _Measured(6.5633, 0.005452),
    "Q5_K_M": _Measured(5.7036, 0.010762),
    "Q5_K_S": _Measured(5.5704, 0.016595),
    "Q5_1": _Measured(6.04, 0.018045),
    "Q5_0": _Measured(5.57, 0.022239),
    "Q4_K_M": _Measured(4.8944, 0.028152, 0.031273),
    "Q4_K_S": _Measured(4.6672, 0.031951, 0.043136),
    "IQ4_NL": _Measured(4.6818, 0.035742),
    "IQ4_XS": _Measured(4.4597, 0.036334),
    "Q4_1": _Measured(5.11, 0.071683),
    "Q4_0": _Measured(4.64, 0.071940),
    "Q3_K_L": _Measured(4.2979, 0.073077, 0.087176),
    "Q3_K_M": _Measured(3.9960, 0.084358, 0.101913),
    "IQ3_M": _Measured(3.7628, 0.102534),
    "IQ3_S": _Measured(3.6606, 0.111278),
    "IQ3_XS": _Measured(3.4977, 0.138693),
    "IQ3_XXS": _Measured(3.2548, 0.183625),
    "Q3_K_S": _Measured(3.6429, 0.199821, 0.228217),
    "IQ2_M": _Measured(2.9294, 0.325989),
    "Q2_K": _Measured(3.1593, 0.332223, 0.445132),
    "Q2_K_S": _Measured(2.9697, 0.403360),
    "IQ2_S": _Measured(2.7403, 0.439197),
    "IQ2_XS": _Measured(2.5882, 0.546290),
    "IQ2_XXS": _Measured(2.3824, 0.812022),
    "IQ1_M": _Measured(2.1460, 1.393084),
    "IQ1_S": _Measured(2.0042, 2.254554),
}
# A mix that no table names is taken for as good as the best of its size.
_BEST_OF_SIZE = (
    *("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "IQ3_XS", "IQ3_S"),
    *("IQ3_M", "Q3_K_M", "IQ4_XS", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "Q8_0"),
)
_CURVE = [(_TABLE[quant].bits_per_weight, log(_TABLE[quant].kld)) for quant in _BEST_OF_SIZE]
_NOTICED = _TABLE["Q8_0"].kld  # what is nearer to the original than Q8_0 counts as the same

# Models trained on more tokens lose more. Vocabularies grew in the same years: the same quants of
# LLaMA 2 (32,000 tokens) lose 0.36 as much as those of LLaMA 3 (128,256), same README, the mean
# over Q4_K_M, Q6_K and Q8_0; Yi (64,000) lies between, here at the geometric mean.
_SENSITIVITY = ((33_000, 0.36), (65_000, 0.6))  # up to so many tokens: the factor
_FULL_SENSITIVITY = 1.0


def usual_bits(quant: str) -> float | None:
    """Bits per weight that files of this quant have, more or less; None where no table says."""
    measured = _TABLE.get(quant)
    return measured.bits_per_weight if measured else None


def kld(file: ModelFile) -> float:
    """As measured for LLaMA-3-8B at this quant; nothing better than Q8_0 counts as better."""
    measured = _TABLE.get(file.quant or "")
    if measured is None:
        return max(_NOTICED, _kld_of_size(file.bits_per_weight))
    if measured.kld_plain is not None and not file.imatrix:
        return measured.kld_plain
    return measured.kld


def quality_cost(file: ModelFile) -> float:
    """The KLD to expect of this model: scaled by how much its class suffers."""
    n_vocab = file.n_vocab
    for most, factor in _SENSITIVITY:
        if n_vocab is not None and n_vocab <= most:
            return kld(file) * factor
    return kld(file) * _FULL_SENSITIVITY


def is_q3_class(file: ModelFile) -> bool:
    """Loses what Q3 loses: Q3_K_L .073 and Q4_0 .072 do, IQ4_XS .036 does not."""
    return kld(file) > 0.05


def is_below_q6(file: ModelFile) -> bool:
    """What Q6_K loses, .0055, nobody notices (memory.md, 9)."""
    return kld(file) > 0.006


def has_few_bits(file: ModelFile) -> bool:
    return file.bits_per_weight < FEW_BITS


def _kld_of_size(bits_per_weight: float) -> float:
    """On the curve of the table, straight between its points in the logarithm."""
    above = bisect_left(_CURVE, (bits_per_weight, 0.0))
    if above == 0:
        return exp(_CURVE[0][1])
    if above == len(_CURVE):
        return exp(_CURVE[-1][1])
    (left, log_left), (right, log_right) = _CURVE[above - 1], _CURVE[above]
    fraction = (bits_per_weight - left) / (right - left)
    return exp(log_left + fraction * (log_right - log_left))

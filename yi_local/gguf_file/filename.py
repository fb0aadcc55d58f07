"""What the name of a GGUF file tells: its quant, and whether it is one of several shards."""

import re
from dataclasses import dataclass

# llama.cpp's own names, sizes that uploaders mix ("Q4_K_XL"), and "UD-" for dynamic mixes
_QUANT = re.compile(
    r"""(?<![A-Z0-9]) (UD-)? (
        I?Q\d_ (?: \d_\d_\d | K_(?:S|M|L|XL) | K | \d | NL | XXS | XS | S | M | L | XL )
        | TQ\d_0 | MXFP4_MOE | MXFP4 | NVFP4 | BF16 | FP?16 | FP?32
    ) (?![A-Z0-9])""",
    re.VERBOSE,
)
_SAME = {"FP16": "F16", "FP32": "F32"}
_SHARD = re.compile(
    r"(?P<prefix>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.ASCII | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several files that are one model; llama.cpp loads the first and finds the rest."""

    prefix: str
    number: int  # from 1
    count: int

    @property
    def siblings(self) -> tuple[str, ...]:
        """The names of all shards in their order, this one among them."""
        return tuple(
            f"{self.prefix}-{number:05d}-of-{self.count:05d}.gguf"
            for number in range(1, self.count + 1)
        )


def shard_of(filename: str) -> Shard | None:
    """None for a model in one file, and for numbers that make no sense."""
    match = _SHARD.fullmatch(filename)
    if match is None:
        return None
    number, count = int(match["number"]), int(match["count"])
    return Shard(match["prefix"], number, count) if 1 <= number <= count else None


def quant_in_name(filename: str) -> str | None:
    """The quant in llama.cpp's spelling, "Q4_K_M" of "yi.q4_k_m.gguf"; the last one named."""
    found = [(match[1] or "", match[2]) for match in _QUANT.finditer(filename.upper())]
    if not found:
        return None
    dynamic, quant = found[-1]
    return dynamic + _SAME.get(quant, quant)

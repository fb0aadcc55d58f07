"""argparse, with errors in our own voice."""

import argparse
import math
import re
from typing import NoReturn

from yi_local.errors import UsageError

_MAX_THREADS = 512  # GGML_MAX_N_THREADS in ggml.h


class Parser(argparse.ArgumentParser):
    """Parse with `parse_intermixed_args`: `run MODEL --raw PROMPT` is how people write it."""

    def __init__(self, *, prog: str, takes: str, description: str, examples: str) -> None:
        super().__init__(
            prog=prog,
            usage=f"{prog} {takes} [options]",
            description=description,
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", f"{self.prog} --help shows what can be given.")


def positive(text: str) -> int:
    """A whole number from 1."""
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return value


def count(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def threads(text: str) -> int:
    """A whole number from 1 to what llama.cpp has room for; beyond it, it crashes."""
    value = positive(text)
    if value > _MAX_THREADS:
        raise argparse.ArgumentTypeError(f"{text} is more than {_MAX_THREADS} threads")
    return value


def memory_bytes(text: str) -> int:
    """A size such as 8G, 512MiB or 1.5GB; in powers of 1024, as memory has it."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size, as in 8G or 512M")
    return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))


def bias(text: str) -> tuple[int, float]:
    """ID=BIAS, a token's id and what is added to its logit."""
    token, _, value = text.partition("=")
    try:
        token_id, added = count(token), float(value)
        if math.isnan(added):
            raise ValueError("not a number")
        return token_id, added
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(f"{text!r} is not ID=BIAS, as in 42=-1.5") from None

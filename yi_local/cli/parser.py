"""argparse, with errors in our own voice."""

import argparse
from typing import NoReturn

from yi_local.errors import UsageError


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


def bias(text: str) -> tuple[int, float]:
    """ID=BIAS, a token's id and what is added to its logit."""
    token, _, value = text.partition("=")
    try:
        return count(token), float(value)
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(f"{text!r} is not ID=BIAS, as in 42=-1.5") from None

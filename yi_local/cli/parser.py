"""argparse, with errors in our own voice."""

import argparse
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.text import wrapped

_MAX_THREADS = 512  # GGML_MAX_N_THREADS in ggml.h
_MAX_SEQUENCES = 256  # LLAMA_MAX_SEQ in llama.cpp's llama-cparams.h


DESCRIBE = "\0describe"  # a word that no shell can pass


class Described(Exception):
    """Raised instead of parsing DESCRIBE: what a command takes, without running it."""

    def __init__(self, parser: "Parser") -> None:
        super().__init__(parser.prog)
        self.parser = parser


class Parser(argparse.ArgumentParser):
    """Parse with `parse_intermixed_args`: `run MODEL --raw PROMPT` is how people write it."""

    def __init__(self, *, prog: str, takes: str, description: str, examples: str) -> None:
        super().__init__(
            prog=prog,
            usage=" ".join(filter(None, (prog, takes, tr("[options]")))),
            description=description,
            epilog=tr("examples:") + "\n" + examples,
            formatter_class=_Formatter,
            allow_abbrev=False,
            add_help=False,
        )
        self._positionals.title = tr("positional arguments")
        self._optionals.title = tr("options")
        self.add_argument(
            "-h",
            "--help",
            action="help",
            default=argparse.SUPPRESS,
            help=tr("show this help message and exit"),
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Every way of parsing comes through here."""
        if args and DESCRIBE in args:
            raise Described(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"{message}.", tr("{command} --help shows what can be given.", command=self.prog)
        )


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Chinese help is broken by columns; argparse itself counts characters."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, tr("usage: ") if prefix is None else prefix)

    def _split_lines(self, text: str, width: int) -> list[str]:
        if text.isascii():
            return super()._split_lines(text, width)
        return wrapped(text, width).split("\n")


def positive(text: str) -> int:
    """A whole number from 1."""
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise _wrong(tr("{given} is not a whole number from 1", given=repr(text)))
    return value


def count(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise _wrong(tr("{given} is not a whole number from 0", given=repr(text)))
    return int(text)


def threads(text: str) -> int:
    """A whole number from 1 to what llama.cpp has room for; beyond it, it crashes."""
    value = positive(text)
    if value > _MAX_THREADS:
        raise _wrong(tr("{given} is more than {most} threads", given=text, most=_MAX_THREADS))
    return value


def sequences(text: str) -> int:
    """A whole number from 1 to what llama.cpp can keep apart."""
    value = positive(text)
    if value > _MAX_SEQUENCES:
        raise _wrong(tr("{given} is more than {most}", given=text, most=_MAX_SEQUENCES))
    return value


def memory_bytes(text: str) -> int:
    """A size such as 8G, 512MiB or 1.5GB; in powers of 1024, as memory has it."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise _wrong(tr("{given} is not a size, as in 8G or 512M", given=repr(text)))
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
        raise _wrong(tr("{given} is not ID=BIAS, as in 42=-1.5", given=repr(text))) from None


def _wrong(message: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(message)

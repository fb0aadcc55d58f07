"""What every command takes, asked of its own parser, so that completion never drifts from it."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from yi_local.cli.context import Context
from yi_local.cli.history.command import COMMANDS as HISTORY
from yi_local.cli.main import COMMANDS, run_command
from yi_local.cli.parser import DESCRIBE, Described, Parser
from yi_local.text import one_line

Kind = Literal["model", "file", "words", "text"]  # what a value is; text: only a person knows

_FILES = ("FILE", "IN", "OUT", "DIR", "FOLDER", "DIR_OR_FILE")


@dataclass(frozen=True, slots=True)
class Value:
    kind: Kind
    name: str  # MODEL, N
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    names: tuple[str, ...]
    help: str
    value: Value | None  # None: a switch


@dataclass(frozen=True, slots=True)
class Command:
    words: tuple[str, ...]  # ("run",), ("history", "show")
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Value, ...]
    repeats: bool  # whether the last argument may come again


def described(context: Context) -> tuple[Command, ...]:
    """In the order of the alphabet. A command below another one comes after it."""
    return tuple(_commands(context))


def _commands(context: Context) -> Iterator[Command]:
    for words, rest in _ways():
        yield _read(words, _parser(words, rest, context))


def _ways() -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The words of a command, and what follows the first of them to come to its parser."""
    for word in sorted(COMMANDS):
        yield (word,), ["list"] if word == "history" else []  # the list is what it is alone
        for other in sorted(HISTORY) if word == "history" else ():
            yield (word, other), [other]


def examples(context: Context) -> Iterator[str]:
    """What stands under each command's help, by the same way."""
    for words, rest in _ways():
        yield _parser(words, rest, context).epilog or ""


def _parser(words: tuple[str, ...], rest: list[str], context: Context) -> Parser:
    try:
        run_command(words[0], [*rest, DESCRIBE], context)
    except Described as described:
        return described.parser
    raise AssertionError(f"yi {' '.join(words)} does something before it reads its arguments")


def _read(words: tuple[str, ...], parser: argparse.ArgumentParser) -> Command:
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    places = [action for action in shown if not action.option_strings]
    return Command(
        words,
        _first_sentence(parser.description or ""),
        tuple(_option(action) for action in shown if action.option_strings),
        tuple(_value(action) for action in places),
        repeats=bool(places) and places[-1].nargs in ("*", "+"),
    )


def _option(action: argparse.Action) -> Option:
    takes = action.nargs != 0
    # argparse writes a percent sign twice
    text = one_line((action.help or "").replace("%%", "%"))
    return Option(tuple(action.option_strings), text, _value(action) if takes else None)


def _value(action: argparse.Action) -> Value:
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None:
        return Value("words", name, tuple(map(str, action.choices)))
    if name == "MODEL":
        return Value("model", name)
    return Value("file" if name in _FILES else "text", name)


def _first_sentence(text: str) -> str:
    first = one_line(text.split("\n\n")[0])
    for end in (". ", "。", ": "):
        first = first.partition(end)[0]
    return first.rstrip(".。:：")

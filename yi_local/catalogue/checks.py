"""Tests of single values in a catalogue file: each tells what a value must be, or None."""

import re
from collections.abc import Callable

from yi_local.language import tr

Check = Callable[[object], str | None]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FORBIDDEN_IN_NAMES = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')  # on Windows; "/" parts folders


def text(value: object) -> str | None:
    """One line."""
    if isinstance(value, str) and value.strip() and not _CONTROL.search(value):
        return None
    return tr("must be a line of text")


def long_text(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else tr("must be text")


def flag(value: object) -> str | None:
    return None if isinstance(value, bool) else tr("must be true or false")


def integer(low: int, high: int) -> Check:
    def check(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return tr("must be a whole number from {low:,} to {high:,}", low=low, high=high)

    return check


def number(low: float, high: float) -> Check:
    def check(value: object) -> str | None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and low <= value <= high:  # type: ignore[operator]
            return None
        return tr("must be a number from {low:g} to {high:g}", low=low, high=high)

    return check


def one_of(*words: str) -> Check:
    def check(value: object) -> str | None:
        return None if value in words else tr("must be one of: {words}", words=", ".join(words))

    return check


def like(pattern: str, example: str) -> Check:
    form = re.compile(pattern)

    def check(value: object) -> str | None:
        if isinstance(value, str) and form.fullmatch(value):
            return None
        return tr('must look like "{example}"', example=example)

    return check


def list_of(check_one: Check) -> Check:
    def check(value: object) -> str | None:
        if not isinstance(value, list):
            return tr("must be a list")
        wrong = next((found for found in map(check_one, value) if found), None)
        return tr("has an entry that {wrong}", wrong=wrong) if wrong else None

    return check


def at_least_one(check_one: Check) -> Check:
    check_all = list_of(check_one)

    def check(value: object) -> str | None:
        return check_all(value) if value != [] else tr("must not be empty")

    return check


def gguf_filename(value: object) -> str | None:
    """A path inside a repository that leads nowhere else."""
    if isinstance(value, str) and value.lower().endswith(".gguf"):
        parts = value.split("/")
        if not _FORBIDDEN_IN_NAMES.search(value) and not {"", ".", ".."} & set(parts):
            return None
    return tr("must be the name of a .gguf file in the repository")


def sha256(value: object) -> str | None:
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        return None
    return tr("must be 64 hexadecimal digits")


def overrides(value: object) -> str | None:
    if isinstance(value, dict) and all(
        isinstance(one, bool | int | float | str) for one in value.values()
    ):
        return None
    return tr("must be a table of metadata keys with their values")


url = like(r"https?://[^\s]+", "https://...")
repo_id = like(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*", "owner/name")
model_id = like(r"[a-z0-9][a-z0-9._-]*", "yi-1.5-6b-chat")
date = like(r"\d{4}(-\d{2}(-\d{2})?)?", "2024-05-13")
quant = like(r"(UD-)?[A-Z0-9]+(_[A-Z0-9]+)*", "Q4_K_M")

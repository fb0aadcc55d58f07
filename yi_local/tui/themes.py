"""The app's looks: our own themes, and which of Textual's can be chosen."""

import os
from collections.abc import Mapping

from textual.theme import Theme

DARK, LIGHT = "yi-dark", "yi-light"
ANSI_DARK, ANSI_LIGHT = "ansi-dark", "ansi-light"  # in the terminal's own colours

OWN_THEMES: tuple[Theme, ...] = (
    Theme(
        name=DARK,
        primary="#7FB4CA",
        secondary="#9CABCA",
        accent="#98BB6C",
        warning="#E6C384",
        error="#E46876",
        success="#98BB6C",
        foreground="#DCD7BA",
        background="#16161D",
        surface="#1B1B23",
        panel="#232330",
        dark=True,
    ),
    Theme(
        name=LIGHT,
        primary="#3A6B8C",
        secondary="#5A6B8C",
        accent="#3F7A3C",
        warning="#8A6200",
        error="#B3261E",
        success="#3F7A3C",
        foreground="#22242A",
        background="#FAFAF7",
        surface="#F2F2EE",
        panel="#E6E6E0",
        dark=False,
    ),
)

CHOICES: tuple[str, ...] = (
    DARK,
    LIGHT,
    ANSI_DARK,
    ANSI_LIGHT,
    "textual-dark",
    "textual-light",
)

_MANY = frozenset({"256color", "kitty"})  # how TERM ends, as Rich reads it, which draws
_LIGHT_GROUNDS = frozenset({"7", "15"})  # white, in COLORFGBG


def theme_name(setting: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """A name that exists; "dark" and "light" are ours. None: by what the terminal can show."""
    if setting is None and has_few_colours(environ):
        return ANSI_LIGHT if is_light(environ) else ANSI_DARK
    named = {"dark": DARK, "light": LIGHT}.get(setting or "dark", setting or DARK)
    return named if named in CHOICES else DARK


def has_few_colours(environ: Mapping[str, str], system: str = os.name) -> bool:
    """16 or fewer: our colours would become what happens to be nearest among them."""
    if system == "nt" or environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return False
    return environ.get("TERM", "").strip().lower().rpartition("-")[2] not in _MANY


def is_light(environ: Mapping[str, str]) -> bool:
    """Where the terminal says what its ground is: "0;15", or with something in between."""
    return environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_GROUNDS

"""The app's looks: our own themes, and which of Textual's can be chosen."""

from textual.theme import Theme

DARK, LIGHT, PLAIN = "yi-dark", "yi-light", "ansi-dark"

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

CHOICES: tuple[str, ...] = (DARK, LIGHT, "ansi-dark", "ansi-light", "textual-dark", "textual-light")


def theme_name(setting: str | None) -> str:
    """A name that exists; "dark" and "light" are ours."""
    named = {"dark": DARK, "light": LIGHT}.get(setting or "dark", setting or DARK)
    return named if named in CHOICES else DARK

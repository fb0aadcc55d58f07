"""What is said to people, in their language: English in the code, gettext catalogues for others.

Text for people goes through `tr` where it is made, `trn` where a number decides its form. Text that
is made before anybody's language is known, as a table in a module, is only marked there, by
`mark`, and goes through `tr` where it is shown.
"""

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gettext import NullTranslations

DOMAIN = "yi_local"
FOLDER = os.path.join(os.path.dirname(__file__), "locale")  # without pathlib, for a light start
ENGLISH = "en"
VARIABLE = "YI_LOCAL_LANGUAGE"  # overrules settings and locale; the engine's process reads it
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # in POSIX's order

_current: "NullTranslations | None" = None  # None: English, which needs no catalogue
_spoken = ENGLISH
_told_by_us = False  # whether the variable is of our making


def speak(setting: str | None) -> str:
    """Speaks the language that is wanted, as do the processes that are started from now on.

    To be called when the program starts, and when the setting has changed.
    """
    global _told_by_us
    environ = {name: value for name, value in os.environ.items() if value}
    if _told_by_us:
        environ.pop(VARIABLE, None)
    _told_by_us = VARIABLE not in environ
    os.environ[VARIABLE] = use(wanted(setting, environ))
    return _spoken


def use(language: str | None) -> str:
    """Takes effect for everything said from now on; returns the language that is spoken.

    One without a catalogue, and None, is English.
    """
    global _current, _spoken
    if language is None or language == ENGLISH or language not in languages():
        _current, _spoken = None, ENGLISH
        return ENGLISH
    import gettext  # English does not pay for it

    _current, _spoken = gettext.translation(DOMAIN, FOLDER, [language]), language
    return language


def spoken() -> str:
    """The language in use, for what is there in several: the catalogue's summaries."""
    return _spoken


def languages() -> tuple[str, ...]:
    """Those that can be chosen, English first."""
    names = sorted(os.listdir(FOLDER)) if os.path.isdir(FOLDER) else []
    return (ENGLISH, *(name for name in names if os.path.isfile(_catalogue(name))))


def wanted(setting: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The language of the environment, of the settings, else of the locale, as far as spoken.

    "zh_Hans_CN.UTF-8", "zh" and "zh_SG" are Simplified Chinese; "zh_TW" gets it too, for there
    is nothing nearer.
    """
    named = (environ.get(VARIABLE), setting, *(environ.get(name) for name in _LOCALE_VARIABLES))
    first = next((name for name in named if name), None) or _of_windows() or ENGLISH
    return _nearest(first.partition(".")[0].replace("-", "_"))


def tr(message: str, /, **values: Any) -> str:
    """The message in the language in use; `{name}` stands for the value called so."""
    text = _current.gettext(message) if _current is not None and message else message
    return text.format(**values) if values else text


def trn(one: str, many: str, n: int, /, **values: Any) -> str:
    """The form for `n` things; `{n}` is the number, with thousands separated by commas."""
    text = one if n == 1 else many
    if _current is not None:
        text = _current.ngettext(one, many, n)
    return text.format(n=f"{n:,}", **values)


def in_language(language: str) -> Callable[[str], str]:
    """Says marked messages in one language, whichever is spoken; values are not put in."""
    if language == ENGLISH or language not in languages():
        return mark
    import gettext

    return gettext.translation(DOMAIN, FOLDER, [language]).gettext


def mark(message: str) -> str:
    """For extraction only: the message as it is, to be translated where it is shown."""
    return message


def _catalogue(name: str) -> str:
    return os.path.join(FOLDER, name, "LC_MESSAGES", f"{DOMAIN}.mo")


def _of_windows() -> str | None:
    """What Windows speaks; its programs get no locale in the environment."""
    if sys.platform != "win32":
        return None
    import ctypes
    import locale

    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage())


def _nearest(name: str) -> str:
    spoken = languages()
    if name in spoken:
        return name
    base = name.partition("_")[0]
    return next((each for each in spoken if each.partition("_")[0] == base), ENGLISH)

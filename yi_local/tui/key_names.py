"""What a key is called on the screen: "ctrl+q" is ^Q, "f1" is F1, "question_mark" is ?."""

import string
import unicodedata

from textual.keys import KEY_NAME_REPLACEMENTS

_NAMES = {  # ASCII: an arrow takes one column here and two there
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Del",
    "insert": "Ins",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
}
_MODIFIERS = {"shift": "Shift", "alt": "Alt", "super": "Super", "meta": "Meta", "hyper": "Hyper"}


def _long_name(character: str) -> str:
    """As Textual spells it in bindings."""
    name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


CHARACTERS = {_long_name(character): character for character in string.punctuation}


def key_name(key: str) -> str:
    """Of one key, with the keys that are held."""
    *held, last = key.split("+")
    name = _NAMES.get(last) or _plain(last)
    if "ctrl" in held:
        held.remove("ctrl")
        name = f"^{name.upper() if len(name) == 1 else name}"
    return "+".join([*(_MODIFIERS.get(each, each) for each in held), name])


def key_names(keys: str) -> str:
    """Of alternatives, as bindings spell them."""
    return ", ".join(key_name(key.strip()) for key in keys.split(",") if key.strip())


def _plain(key: str) -> str:
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return CHARACTERS.get(key, key)

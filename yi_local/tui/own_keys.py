"""Keys as a person has changed them: what is wrong with them, and what can be used."""

from collections.abc import Iterator, Mapping

from textual.keys import Keys

from yi_local.language import tr
from yi_local.tui.key_names import CHARACTERS, key_name
from yi_local.tui.keys import ACTIONS, Action

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_NAMED = frozenset(key.value for key in Keys) | {f"f{n}" for n in range(1, 25)} | {"space"}
# What terminals send for other keys: these cannot be told apart from them.
_SAME_AS = {
    "ctrl+m": "enter",
    "ctrl+i": "tab",
    "ctrl+h": "backspace",
    "ctrl+[": "escape",
}
# Where text is typed, these belong to it.
_TYPING = frozenset(
    {"enter", "backspace", "delete", "tab", "space", "up", "down", "left", "right", "home", "end"}
)
_WITH_A_PROMPT = frozenset({"app", "chat"})
_BELOW: Mapping[str, str] = {"message": "chat", "list": "chat"}  # a part's part


def keys_of(action: Action, changed: Mapping[str, str]) -> str:
    """The keys in use, alternatives after commas."""
    return changed.get(action.id) or action.keys


def key_of(action_id: str, changed: Mapping[str, str]) -> str:
    """The first of the keys in use, as it is called on the screen."""
    action = next(action for action in ACTIONS if action.id == action_id)
    return key_name(_split(keys_of(action, usable(changed)))[0])


def usable(changed: Mapping[str, str]) -> dict[str, str]:
    """Those without a problem; the other actions keep the keys they have."""
    return {name: keys for name, keys in changed.items() if not _problems(name, keys, changed)}


def check_keys(changed: Mapping[str, str]) -> tuple[str, ...]:
    """Everything that is wrong, one sentence each; nothing where all can be used."""
    found = [_problems(name, keys, changed) for name, keys in changed.items()]
    return tuple(dict.fromkeys(problem for problems in found for problem in problems))


def _problems(name: str, keys: str, changed: Mapping[str, str]) -> list[str]:
    action = next((action for action in ACTIONS if action.id == name), None)
    if action is None:
        return [tr('There is no action "{name}".', name=name)]
    found = []
    for key in _split(keys) or [""]:
        if not _exists(key):
            found.append(tr('"{key}" of {action} is no key.', key=key, action=name))
        elif (same := _SAME_AS.get(_same(key))) is not None:
            sentence = tr(
                "{key} of {action} cannot be told apart from {other} by a terminal.",
                key=key_name(key),
                action=name,
                other=key_name(same),
            )
            found.append(sentence)
        elif action.place in _WITH_A_PROMPT and _types(key):
            sentence = tr("{key} of {action} is needed for typing.", key=key, action=name)
            found.append(sentence)
        else:
            found += _clashes(action, key, changed)
    return found


def _clashes(action: Action, key: str, changed: Mapping[str, str]) -> Iterator[str]:
    for other in ACTIONS:
        if other.id == action.id or not live_together(action.place, other.place):
            continue
        if _same(key) in map(_same, _split(keys_of(other, changed))):
            first, second = sorted((action.id, other.id))
            yield tr(
                "{key} is the key of both {first} and {second}.",
                key=key_name(key),
                first=first,
                second=second,
            )


def live_together(one: str, other: str) -> bool:
    """Whether both places' keys are heard at once: a part's, those of its parts, and the app's."""
    return (
        one == other
        or "app" in (one, other)
        or _BELOW.get(one) == other
        or (_BELOW.get(other) == one)
    )


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",") if key.strip()]


def _exists(key: str) -> bool:
    *held, last = _parts(key)
    return set(held) <= _MODIFIERS and (last in _NAMED or len(last) == 1)


def _types(key: str) -> bool:
    """Whether it puts a character into a text, or moves in it."""
    *held, last = _parts(key)
    return not set(held) - {"shift"} and (last in _TYPING or len(last) == 1)


def _same(key: str) -> str:
    """One spelling for all spellings: "question_mark" and "?" are one key."""
    *held, last = _parts(key)
    return "+".join([*sorted(held), last])


def _parts(key: str) -> list[str]:
    *held, last = key.split("+") if not key.endswith("+") else [*key[:-1].split("+")[:-1], "+"]
    return [*held, CHARACTERS.get(last, last)]

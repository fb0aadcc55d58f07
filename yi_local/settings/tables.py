"""Settings <-> the values of a TOML file, without any file."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from yi_local.language import tr
from yi_local.settings.model import ContextPolicy, Preset, Settings
from yi_local.settings.positions import Where
from yi_local.settings.sampling import WrongOption, sampling_from, sampling_table

_POLICIES = ("drop-oldest", "stop")


class WrongValue(Exception):
    """`where` it stands among the values; the message is a sentence, and says what is expected."""

    def __init__(self, where: Where, message: str) -> None:
        super().__init__(message)
        self.where = where


def settings_from(values: Mapping[str, Any]) -> Settings:
    """The defaults for what is not there; keys that are not known mean nothing."""
    given = {key: read(values[key], key) for key, read in _READERS.items() if key in values}
    settings = Settings(**given)
    _check_presets_named(settings)
    return settings


def merged(settings: Settings, old: Mapping[str, Any]) -> dict[str, Any]:
    """The old values with the settings in their place.

    A default is written only where its key was there before. What names a preset that is gone is
    dropped; what we do not know stays, in a preset too.
    """
    values = dict(old)
    plain = _plain(settings, old)
    defaults = _plain(Settings(), {})
    for key, value in plain.items():
        if value is None:
            values.pop(key, None)
        elif key in old or value != defaults[key]:
            values[key] = value
    return values


def _plain(settings: Settings, old: Mapping[str, Any]) -> dict[str, Any]:
    names = {preset.name for preset in settings.presets}
    values: dict[str, Any] = {
        field.name: getattr(settings, field.name) for field in fields(Settings)
    }
    values["model_folders"] = [str(folder) for folder in settings.model_folders]
    values["servers"] = list(settings.servers)
    values["keys"] = dict(settings.keys)
    values["presets"] = [_preset_table(preset, old) for preset in settings.presets]
    if settings.default_preset not in names:
        values["default_preset"] = None
    chosen = settings.model_presets.items()
    values["model_presets"] = {model: preset for model, preset in chosen if preset in names}
    return values


def _preset_table(preset: Preset, old: Mapping[str, Any]) -> dict[str, Any]:
    before = (each for each in old.get("presets", ()) if each["name"] == preset.name)
    table = {**next(before, {}), "name": preset.name}
    for key, value in (
        ("system", preset.system),
        ("sampling", sampling_table(preset.sampling) or None),
    ):
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    return table


# Readers of single values: each raises WrongValue


def _folders(value: Any, key: str) -> tuple[Path, ...]:
    if not isinstance(value, list) or not all(_is_path(folder) for folder in value):
        raise WrongValue((key,), tr("{key} is not a list of paths.", key=key))
    return tuple(Path(folder) for folder in value)


def _servers(value: Any, key: str) -> tuple[str, ...]:
    """Passwords are not kept in a file that people show each other."""
    if not isinstance(value, list) or not all(_is_name(each) for each in value):
        raise WrongValue((key,), tr("{key} is not a list of addresses.", key=key))
    for address in value:
        if "@" in address:
            raise WrongValue((key,), tr("An address in {key} must not hold a password.", key=key))
        if not _is_address(address):
            sentence = tr(
                '"{address}" is not an address that begins with http:// or https://.',
                address=address,
            )
            raise WrongValue((key,), sentence)
    return tuple(dict.fromkeys(value))


def _is_address(text: str) -> bool:
    from urllib.parse import urlsplit  # nobody else pays for it

    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_path(value: object) -> bool:
    return isinstance(value, str) and bool(value) and "\0" not in value


def _language(value: Any, key: str) -> str:
    if not _is_name(value) or not value.replace("-", "_").replace("_", "").isalnum():
        sentence = tr('{key} must be the name of a language, like "zh_CN" or "en".', key=key)
        raise WrongValue((key,), sentence)
    return cast(str, value)


def _theme(value: Any, key: str) -> str:
    if not _is_name(value):
        raise WrongValue((key,), tr('{key} must be the name of a theme, like "light".', key=key))
    return cast(str, value)


def _keys(value: Any, key: str) -> dict[str, str]:
    table = _table(value, key)
    for action, chosen in table.items():
        if not isinstance(chosen, str) or not _are_keys(chosen):
            sentence = tr(
                '"{action}" must be a key or several, like "ctrl+y" or "ctrl+y,f9".', action=action
            )
            raise WrongValue((key, action), sentence)
    return table


def _are_keys(text: str) -> bool:
    return all(part and part.isprintable() and " " not in part for part in text.split(","))


def _presets(value: Any, key: str) -> tuple[Preset, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise WrongValue((key,), tr("{key} must be a list of tables: [[{key}]].", key=key))
    presets: list[Preset] = []
    for number, entry in enumerate(value):
        preset = _preset(entry, (key, number))
        if any(preset.name == other.name for other in presets):
            sentence = tr('There is a preset "{name}" already.', name=preset.name)
            raise WrongValue((key, number, "name"), sentence)
        presets.append(preset)
    return tuple(presets)


def _preset(table: Mapping[str, Any], where: Where) -> Preset:
    name = table.get("name")
    if not _is_name(name):
        raise WrongValue((*where, "name"), tr("A preset needs a name: a line of text."))
    name, system = cast(str, name), table.get("system")
    if system is not None and not isinstance(system, str):
        sentence = tr('In the preset "{name}", system must be text.', name=name)
        raise WrongValue((*where, "system"), sentence)
    sampling = table.get("sampling", {})
    if not isinstance(sampling, dict):
        sentence = tr('In the preset "{name}", sampling must be a table.', name=name)
        raise WrongValue((*where, "sampling"), sentence)
    try:
        return Preset(name, system, sampling_from(sampling))
    except WrongOption as error:
        sentence = tr('In the preset "{name}", {problem}.', name=name, problem=error)
        raise WrongValue((*where, "sampling", error.option), sentence) from None


def _preset_name(value: Any, key: str) -> str:
    if not _is_name(value):
        raise WrongValue((key,), tr("{key} must be the name of a preset.", key=key))
    return cast(str, value)


def _model_presets(value: Any, key: str) -> dict[str, str]:
    table = _table(value, key)
    for model, preset in table.items():
        if not _is_name(preset):
            sentence = tr('"{model}" must have the name of a preset.', model=model)
            raise WrongValue((key, model), sentence)
    return table


def _policy(value: Any, key: str) -> ContextPolicy:
    if value not in _POLICIES:
        sentence = tr(
            '{key} must be "{one}" or "{other}".', key=key, one=_POLICIES[0], other=_POLICIES[1]
        )
        raise WrongValue((key,), sentence)
    return cast(ContextPolicy, value)


def _flag(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise WrongValue((key,), tr("{key} must be true or false.", key=key))
    return value


def _table(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WrongValue((key,), tr("{key} must be a table: [{key}].", key=key))
    return value


def _is_name(value: object) -> bool:
    """A line with something on it."""
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _check_presets_named(settings: Settings) -> None:
    missing = tr("There is no preset of this name.")
    if settings.default_preset is not None and settings.preset(settings.default_preset) is None:
        raise WrongValue(("default_preset",), missing)
    for model, name in settings.model_presets.items():
        if settings.preset(name) is None:
            raise WrongValue(("model_presets", model), missing)


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "model_folders": _folders,
    "language": _language,
    "theme": _theme,
    "keys": _keys,
    "presets": _presets,
    "default_preset": _preset_name,
    "model_presets": _model_presets,
    "context_policy": _policy,
    "save_history": _flag,
    "offline": _flag,
    "servers": _servers,
}

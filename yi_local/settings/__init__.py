"""What a person has settled: Settings <-> settings.toml."""

from yi_local.settings.file import read_settings, settings_file, write_settings
from yi_local.settings.model import ContextPolicy, Preset, Settings

__all__ = [
    "ContextPolicy",
    "Preset",
    "Settings",
    "read_settings",
    "settings_file",
    "write_settings",
]

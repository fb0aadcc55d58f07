"""What can be settled, as frozen values whose defaults are a new installation's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ContextPolicy = Literal["drop-oldest", "stop"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A way to talk, under a name; `sampling` holds fields of SamplingOptions."""

    name: str
    system: str | None = None  # None: the model's own system prompt; "": none at all
    sampling: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    model_folders: tuple[Path, ...] = ()  # folders and files that `yi list` looks at too
    language: str | None = None  # "en", "zh_CN"; None: by the locale
    theme: str | None = None  # None: the app's own
    keys: Mapping[str, str] = field(default_factory=dict)  # "chat.retry" -> "ctrl+y,f9"
    presets: tuple[Preset, ...] = ()  # no two of one name
    default_preset: str | None = None
    model_presets: Mapping[str, str] = field(default_factory=dict)  # a model's id or name -> preset
    context_policy: ContextPolicy = "drop-oldest"  # when a conversation outgrows the context
    save_history: bool = True  # False: conversations live in memory only
    offline: bool = False
    servers: tuple[str, ...] = ()  # addresses of OpenAI-compatible servers, without keys

    def preset(self, name: str | None) -> Preset | None:
        return next((preset for preset in self.presets if preset.name == name), None)

    def preset_for(self, *model_names: str) -> Preset | None:
        """That of the first of the model's names that has one, else the default."""
        chosen = (self.model_presets.get(name) for name in model_names)
        return self.preset(next(filter(None, chosen), self.default_preset))

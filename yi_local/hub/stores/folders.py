"""Where each program keeps its models, by its own rules on each system.

Only what follows from the environment; what stands in settings files is read in store_settings.py.
Sources: hub.md for Hugging Face; llama.cpp common/common.cpp, fs_get_cache_directory;
docs.ollama.com/faq; lmstudio-ai/lms src/lmstudioPaths.ts; jan.ai/docs/data-folder and janhq/jan
src-tauri/src/core/app/commands.rs; docs.gpt4all.io/gpt4all_desktop/settings.html;
modelscope/utils/file_utils.py, get_modelscope_cache_dir.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yi_local import paths
from yi_local.hub.cache_folder import hugging_face_cache


@dataclass(frozen=True, slots=True)
class Surroundings:
    environ: Mapping[str, str]
    home: Path
    system: str = sys.platform  # "linux", "darwin", "win32"

    def folder(self, variable: str) -> Path | None:
        """What a variable names, ~ written out; None where it is not set or empty."""
        value = self.environ.get(variable)
        if not value:
            return None
        if value == "~" or value.startswith(("~/", "~\\")):
            return self.home / value[2:]
        return Path(value)

    @property
    def user_data(self) -> Path:
        """Windows: the roaming one."""
        if self.system == "win32":
            return self.folder("APPDATA") or self.home / "AppData" / "Roaming"
        if self.system == "darwin":
            return self.home / "Library" / "Application Support"
        return self.folder("XDG_DATA_HOME") or self.home / ".local" / "share"

    @property
    def user_config(self) -> Path:
        if self.system in ("win32", "darwin"):
            return self.user_data
        return self.folder("XDG_CONFIG_HOME") or self.home / ".config"

    @property
    def user_local_data(self) -> Path:
        if self.system == "win32":
            return self.folder("LOCALAPPDATA") or self.home / "AppData" / "Local"
        return self.user_data

    @property
    def user_cache(self) -> Path:
        if self.system == "win32":
            return self.user_local_data
        if self.system == "darwin":
            return self.home / "Library" / "Caches"
        return self.folder("XDG_CACHE_HOME") or self.home / ".cache"


def hugging_face_folders(here: Surroundings) -> tuple[Path, ...]:
    return (hugging_face_cache(here.environ),)


def llama_cpp_folders(here: Surroundings) -> tuple[Path, ...]:
    """Since 2026 models lie in Hugging Face's cache; the folder of before keeps what it had."""
    named = here.folder("LLAMA_CACHE")
    return (named,) if named else (here.user_cache / "llama.cpp",)


def ollama_folders(here: Surroundings) -> tuple[Path, ...]:
    """The service's own homes come last: on Linux it is often another user's."""
    named = here.folder("OLLAMA_MODELS")
    own = (named,) if named else (here.home / ".ollama" / "models",)
    if here.system != "linux":
        return own
    service = ("/usr/share/ollama/.ollama/models", "/var/lib/ollama/models", "/var/lib/ollama")
    return (*own, *map(Path, service), Path("/var/snap/ollama/common/models"))


def lm_studio_homes(here: Surroundings) -> tuple[Path, ...]:
    return (here.home / ".lmstudio", here.home / ".cache" / "lm-studio")


def jan_data_folders(here: Surroundings) -> tuple[Path, ...]:
    """Versions differ; the last one is of the first versions."""
    found = (here.user_data / "Jan" / "data", here.user_config / "Jan" / "data", here.home / "jan")
    return tuple(dict.fromkeys(found))


def jan_settings_files(here: Surroundings) -> tuple[Path, ...]:
    """Which may name another data folder."""
    folders = (here.user_config / "Jan", here.user_data / "Jan", here.user_data / "jan.ai.app")
    return tuple(dict.fromkeys(folder / "settings.json" for folder in folders))


def gpt4all_folders(here: Surroundings) -> tuple[Path, ...]:
    """The app's, then the Python package's."""
    return (here.user_local_data / "nomic.ai" / "GPT4All", here.home / ".cache" / "gpt4all")


def modelscope_folders(here: Surroundings) -> tuple[Path, ...]:
    named = here.folder("MODELSCOPE_CACHE")
    return (named,) if named else (here.home / ".cache" / "modelscope" / "hub",)


def own_modelscope_folder() -> Path:
    """ModelScope's commits are not the Hub's, so they have a folder of their own, built alike."""
    return paths.data_dir() / "modelscope"


def own_models_folder() -> Path:
    """Models of which no repository is known."""
    return paths.data_dir() / "models"

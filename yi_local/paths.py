"""Where things live on this machine; nothing is created here.

`YI_LOCAL_HOME` puts everything into one folder.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platformdirs import PlatformDirs

_NAME = "yi_local"


def config_dir() -> Path:
    """Settings."""
    return _home("config") or _system().user_config_path


def data_dir() -> Path:
    """What is kept: conversations, what this machine has taught."""
    return _home("data") or _system().user_data_path


def conversations_file() -> Path:
    return data_dir() / "conversations.db"


def cache_dir() -> Path:
    """What can be found out again."""
    return _home("cache") or _system().user_cache_path


def log_dir() -> Path:
    """The engine's logs, reports of unexpected errors."""
    return _home("logs") or _system().user_log_path


def runtime_dir() -> Path:
    """What is true only while a program runs: where it can be asked."""
    home = _home("run")
    if home is not None:
        return home
    import warnings

    with warnings.catch_warnings():  # that a folder below /tmp stands in for one of the session
        warnings.simplefilter("ignore")
        return _system().user_runtime_path


def _home(folder: str) -> Path | None:
    """A folder below YI_LOCAL_HOME, where that is set and not empty."""
    home = os.environ.get("YI_LOCAL_HOME")
    return Path(home).expanduser().absolute() / folder if home else None


def _system() -> "PlatformDirs":
    """The system's own folders; imported here, so that a light start never pays for it."""
    from platformdirs import PlatformDirs

    return PlatformDirs(_NAME, appauthor=False)

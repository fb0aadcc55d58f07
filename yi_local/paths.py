"""Where things live on this machine; nothing is created here.

`YI_LOCAL_HOME` puts everything into one folder.
"""

import os
from pathlib import Path

import platformdirs

_NAME = "yi_local"


def config_dir() -> Path:
    """Settings."""
    return _home("config") or platformdirs.user_config_path(_NAME, appauthor=False)


def data_dir() -> Path:
    """Conversations."""
    return _home("data") or platformdirs.user_data_path(_NAME, appauthor=False)


def log_dir() -> Path:
    """The engine's logs, reports of unexpected errors."""
    return _home("logs") or platformdirs.user_log_path(_NAME, appauthor=False)


def _home(folder: str) -> Path | None:
    """A folder below YI_LOCAL_HOME, where that is set and not empty."""
    home = os.environ.get("YI_LOCAL_HOME")
    return Path(home).expanduser().absolute() / folder if home else None

"""What a person has settled: Settings <-> settings.toml."""

import os
import re
import tempfile
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yi_local import paths
from yi_local.errors import UsageError, YiLocalError

_FOLDERS = "model_folders"
_MEND = "Mend the line, or move the file away: it is never overwritten while it is broken."


@dataclass(frozen=True, slots=True)
class Settings:
    model_folders: tuple[Path, ...] = ()  # folders and files that `yi list` looks at too


def settings_file() -> Path:
    return paths.config_dir() / "settings.toml"


def read_settings(file: Path | None = None) -> Settings:
    """The defaults where there is no file. Raises UsageError for one that cannot be understood."""
    path = file or settings_file()
    values = _values(path)
    folders = values.get(_FOLDERS, [])
    if not isinstance(folders, list) or not all(_is_path(folder) for folder in folders):
        line = _line_of(path, _FOLDERS)
        raise UsageError(f"{path}, line {line}: {_FOLDERS} is not a list of paths.", _MEND)
    return Settings(tuple(Path(folder) for folder in folders))


def write_settings(settings: Settings, file: Path | None = None) -> None:
    """Replaces the file at once, with whatever else it says; comments go.

    Raises UsageError, and changes nothing, where it cannot be understood.
    """
    import tomli_w  # here, so that reading does not pay for it

    path = file or settings_file()
    values = _values(path)
    read_settings(path)
    values[_FOLDERS] = [str(folder) for folder in settings.model_folders]
    try:
        _replace(Path(os.path.realpath(path)), tomli_w.dumps(values).encode())
    except UnicodeEncodeError:
        raise UsageError(
            "A folder's name is not text, so that it cannot be remembered.", "Rename the folder."
        ) from None
    except OSError as error:
        raise YiLocalError(
            f"{path} cannot be written: {error.strerror}.", "Check the folder it is in."
        ) from None


def _values(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}, line {line}: this is not UTF-8.", _MEND) from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}, {_place(str(error), path)}", _MEND) from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", "Check the file's rights."
        ) from None


def _place(message: str, path: Path) -> str:
    """tomllib's "What (at line 3, column 5)" as "line 3: what."; it may also say "at end"."""
    what, _, where = message.rpartition(" (at ")
    match = re.match(r"line (\d+)", where)
    line = match[1] if match else path.read_bytes().count(b"\n") + 1
    said = (what or message).rstrip(".")
    return f"line {line}: {said[:1].lower()}{said[1:]}."


def _line_of(path: Path, key: str) -> int:
    lines = path.read_bytes().decode("utf-8-sig").splitlines()
    return next((n for n, line in enumerate(lines, 1) if line.strip(" \"'").startswith(key)), 1)


def _is_path(value: object) -> bool:
    return isinstance(value, str) and bool(value) and "\0" not in value


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all; the rights of an older file are kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    done = False
    try:
        with os.fdopen(handle, "wb") as temporary:
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o7777)
        os.replace(name, path)
        done = True
    finally:
        if not done:
            with suppress(OSError):
                os.unlink(name)

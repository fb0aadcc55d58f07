"""Reads and replaces settings.toml."""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from yi_local import paths
from yi_local.errors import UsageError, YiLocalError
from yi_local.language import tr
from yi_local.settings.model import Settings


def settings_file() -> Path:
    return paths.config_dir() / "settings.toml"


def read_settings(file: Path | None = None) -> Settings:
    """The defaults where there is no file. Raises UsageError for one that cannot be understood."""
    path = file or settings_file()
    data = _bytes(path)
    return Settings() if data is None else _understood(data, path)[1]


def write_settings(settings: Settings, file: Path | None = None) -> None:
    """Replaces the file at once, with whatever else it says; comments go.

    Raises UsageError, and changes nothing, where the file or the settings cannot be understood.
    """
    import tomli_w  # here, so that reading does not pay for it

    from yi_local.settings.tables import WrongValue, merged, settings_from

    path = file or settings_file()
    data = _bytes(path)
    values = merged(settings, {} if data is None else _understood(data, path)[0])
    try:
        settings_from(values)  # what is written can be read again
        _replace(Path(os.path.realpath(path)), tomli_w.dumps(values).encode())
    except WrongValue as error:
        raise UsageError(str(error), tr("Nothing was written.")) from None
    except UnicodeEncodeError:
        raise UsageError(
            tr("A folder's name is not text, so that it cannot be remembered."),
            tr("Rename the folder."),
        ) from None
    except OSError as error:
        raise YiLocalError(
            tr("{file} cannot be written: {reason}.", file=path, reason=error.strerror),
            tr("Check the folder it is in."),
        ) from None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(
            tr("{file} cannot be read: {reason}.", file=path, reason=error.strerror),
            tr("Check the file's rights."),
        ) from None


def _understood(data: bytes, path: Path) -> tuple[dict[str, Any], Settings]:
    import tomllib  # here, so that a start without settings does not pay for it

    from yi_local.settings.positions import line_of
    from yi_local.settings.tables import WrongValue, settings_from

    try:
        text = data.decode("utf-8-sig")
        values = tomllib.loads(text)
        return values, settings_from(values)
    except WrongValue as error:
        raise _wrong(path, line_of(text, error.where) or 1, str(error)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _wrong(path, line, tr("this is not UTF-8.")) from None
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, *_place(str(error), data)) from None


def _wrong(path: Path, line: int, problem: str) -> UsageError:
    return UsageError(
        tr("{file}, line {line}: {problem}", file=path, line=line, problem=problem),
        tr("Mend the line, or move the file away: it is never overwritten while it is broken."),
    )


def _place(message: str, data: bytes) -> tuple[int, str]:
    """tomllib's "What (at line 3, column 5)" as 3, "what."; it may also say "at end"."""
    what, _, where = message.rpartition(" (at ")
    match = re.match(r"line (\d+)", where)
    line = int(match[1]) if match else data.count(b"\n") + 1
    said = (what or message).rstrip(".")
    return line, f"{said[:1].lower()}{said[1:]}."


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all; the rights of an older file are kept."""
    import tempfile  # which brings half of the standard library

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

"""A file of conversations, recognised by its content and read once."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from yi_local.assistant.exchange import chatgpt, native
from yi_local.assistant.exchange.whole import Read
from yi_local.errors import UsageError
from yi_local.language import tr

_ZIP = b"PK\x03\x04"
_PART = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json")  # large exports come in several parts


def read_conversations(path: Path) -> Read:
    """Raises UsageError, saying what was expected, for anything else."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror),
            tr("Check the path."),
        ) from None
    value = _from_zip(data, path) if data.startswith(_ZIP) else _parsed(data, path)
    del data
    if isinstance(value, dict) and native.is_native(value):
        return native.from_json(value)
    if isinstance(value, dict) and "mapping" in value:  # a single conversation
        value = [value]
    if isinstance(value, list) and chatgpt.is_chatgpt(value):
        return chatgpt.from_export(value)
    raise _unknown(path)


def _from_zip(data: bytes, path: Path) -> list[Any]:
    found: list[Any] = []
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = sorted(name for name in archive.namelist() if _PART.fullmatch(name))
            if not names:
                raise UsageError(
                    tr("{path} holds no conversations.json.", path=path),
                    tr("ChatGPT's export is a .zip that holds one, under any name."),
                )
            for name in names:
                value = _parsed(archive.read(name), path)
                found += value if isinstance(value, list) else [value]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UsageError(
            tr("{path} cannot be unpacked: {reason}.", path=path, reason=error),
            tr("Download the export again, or unpack conversations.json yourself."),
        ) from None
    return found


def _parsed(data: bytes, path: Path) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise _unknown(path) from None


def _unknown(path: Path) -> UsageError:
    return UsageError(
        tr("{path} is no export of conversations.", path=path),
        tr(
            "Expected: JSON that yi history export has written, ChatGPT's conversations.json, or "
            "the .zip that holds it."
        ),
    )

"""Inputs of `yi batch`, and what its outputs say."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_lines(file: Path, values: Iterable[Any]) -> Path:
    """Prompts as texts, lines as objects, anything as it stands as bytes."""
    file.write_bytes(b"".join(_line(value) + b"\n" for value in values))
    return file


def records(data: bytes | Path) -> list[dict[str, Any]]:
    text = data if isinstance(data, bytes) else data.read_bytes()
    return [json.loads(line) for line in text.splitlines()]


def texts(data: bytes | Path) -> list[str | None]:
    """None for an error."""
    return [record.get("text") for record in records(data)]


def _line(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return json.dumps({"prompt": value} if isinstance(value, str) else value).encode()

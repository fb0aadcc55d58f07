"""What other programs' settings say about where their models are."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_MAX_BYTES = 1 << 20  # of a settings file, of a manifest: they have a few kB


def read_small(path: Path) -> bytes | None:
    """None for what cannot be read, or is no small file."""
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return None
        return path.read_bytes()
    except (OSError, ValueError):  # ValueError: a zero byte in the path
        return None


def read_json(path: Path) -> dict[str, Any]:
    """Empty for what is not a JSON object."""
    try:
        value = json.loads(read_small(path) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def lm_studio_models(home: Path, homes: Iterable[Path]) -> tuple[Path, ...]:
    """The models folders of all of LM Studio's homes; it points to a moved home with a file."""
    pointer = (read_small(home / ".lmstudio-home-pointer") or b"").decode("utf-8", "replace")
    moved = [Path(line.strip()) for line in pointer.splitlines()[:1] if line.strip()]
    found: list[Path] = []
    for studio in (*moved, *homes):
        named = read_json(studio / "settings.json").get("downloadsFolder")
        if isinstance(named, str) and named:
            found.append(Path(named))
        found.append(studio / "models")
    return tuple(dict.fromkeys(found))


def jan_data(folders: Iterable[Path], settings_files: Iterable[Path]) -> tuple[Path, ...]:
    named = [read_json(file).get("data_folder") for file in settings_files]
    return tuple(
        dict.fromkeys([*(Path(name) for name in named if isinstance(name, str) and name), *folders])
    )

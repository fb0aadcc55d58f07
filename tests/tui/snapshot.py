"""What a screen says, as text: the characters a person sees, without colours.

A snapshot is a file in `snapshots/` that reads like the screen; `until_snapshot` waits for it.
`UPDATE_SNAPSHOTS=1` writes those that differ; look at the change before it is committed.
"""

import os
from pathlib import Path

from textual.app import App

_FOLDER = Path(__file__).parent / "snapshots"
_UPDATE = "UPDATE_SNAPSHOTS"


def is_updating() -> bool:
    return bool(os.environ.get(_UPDATE))


def screen_text(app: App[object]) -> str:
    """The screen line by line, without the blanks at the right."""
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips)


def is_as_kept(app: App[object], name: str) -> bool:
    file = _FOLDER / f"{name}.txt"
    return file.exists() and file.read_text(encoding="utf-8") == screen_text(app) + "\n"


def assert_snapshot(app: App[object], name: str) -> None:
    """The screen looks as in `snapshots/name.txt`, character by character."""
    seen = screen_text(app) + "\n"
    file = _FOLDER / f"{name}.txt"
    if is_updating():
        file.parent.mkdir(exist_ok=True)
        file.write_text(seen, encoding="utf-8")
    assert file.exists(), f"There is no {file.name} yet: run once with {_UPDATE}=1."
    kept = file.read_text(encoding="utf-8")
    assert seen == kept, f"The screen differs from {file.name}; it shows:\n{seen}"

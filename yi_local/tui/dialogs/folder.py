"""A folder, asked for by its path."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog


class FolderDialog(Dialog[Path]):
    """Returns an absolute path to something that is there, and that is not among `known`."""

    def __init__(self, known: Collection[Path]) -> None:
        super().__init__(tr("Add a folder"))
        self._known = known

    def body(self) -> Iterable[Widget]:
        yield Input(
            compact=True, placeholder=tr("path of a folder with .gguf files, ~ is your home")
        )
        yield Static(classes="problem")

    def confirm(self) -> None:
        text = self.query_one(Input).value.strip()
        problem = objection(text, self._known)
        if problem is None:
            self.dismiss(_path(text))
        else:
            self.query_one(".problem", Static).update(Content(clean(problem)))


def objection(text: str, known: Collection[Path]) -> str | None:
    """Why this folder cannot be added; None where it can."""
    if not text or "\0" in text:
        return tr("Give the path of a folder.")
    path = _path(text)
    try:
        if not path.exists():
            return tr("{path} is not there.", path=path)
    except OSError as error:
        return tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror)
    if any(os.path.realpath(folder.expanduser()) == os.path.realpath(path) for folder in known):
        return tr("{path} is among them already.", path=path)
    return None


def _path(text: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(text)))

"""A text in the person's own editor, while the app steps aside."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.app import App, SuspendNotSupported

from yi_local.errors import YiLocalError
from yi_local.language import tr

_USUAL = "notepad" if os.name == "nt" else "vi"


def edited(app: App[object], text: str) -> str:
    """What it has become; the app is not seen meanwhile. Raises YiLocalError."""
    with tempfile.TemporaryDirectory(prefix="yi-") as folder:
        file = Path(folder) / "message.md"
        file.write_text(text, encoding="utf-8", errors="replace")
        command = editor(os.environ)
        try:
            with app.suspend():
                code = subprocess.call([*command, str(file)])
        except SuspendNotSupported:
            raise YiLocalError(tr("There is no terminal here that an editor could use.")) from None
        except OSError as error:
            raise YiLocalError(
                tr(
                    "{editor} cannot be started: {reason}.",
                    editor=command[0],
                    reason=error.strerror,
                ),
                tr("Set EDITOR to the editor you use."),
            ) from None
        if code != 0:
            raise YiLocalError(
                tr("The editor ended with code {code}; nothing is changed.", code=code)
            )
        return file.read_text(encoding="utf-8", errors="replace").removesuffix("\n")


def editor(environ: Mapping[str, str]) -> list[str]:
    """The command with its arguments: VISUAL, EDITOR, else what every system has."""
    named = environ.get("VISUAL") or environ.get("EDITOR") or _USUAL
    return shlex.split(named, posix=os.name != "nt") or [_USUAL]

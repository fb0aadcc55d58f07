"""A conversation on its way into a file."""

import os
import re
from pathlib import Path
from typing import Literal

from yi_local.errors import UsageError, YiLocalError
from yi_local.language import tr
from yi_local.store.conversations import Store
from yi_local.text import cut, one_line

Format = Literal["markdown", "json"]
SUFFIXES: dict[Format, str] = {"markdown": ".md", "json": ".json"}

_LONGEST_NAME = 60  # columns
# What no file of some system may be called.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')


def file_name(title: str, kind: Format) -> str:
    name = _FORBIDDEN.sub(" ", one_line(title)).strip(" .")
    name = cut(" ".join(name.split()), _LONGEST_NAME).strip(" .") or tr("conversation")
    return name + SUFFIXES[kind]


def format_of(path: str) -> Format | None:
    """As the name's end says."""
    return next((kind for kind, end in SUFFIXES.items() if path.lower().endswith(end)), None)


def path_to_write(typed: str) -> Path:
    """Where an export may go. Raises UsageError, in words; looks at the disk."""
    path = Path(os.path.expanduser(typed.strip()))
    try:
        if path.is_dir():
            raise UsageError(tr("{path} is a folder.", path=path), tr("Name a file in it."))
        if os.path.lexists(path):
            raise UsageError(
                tr("{path} exists already: nothing is overwritten.", path=path),
                tr("Choose another name."),
            )
        if not path.parent.is_dir():
            raise UsageError(tr("There is no folder {path}.", path=path.parent))
    except ValueError:  # a null character
        raise UsageError(tr("This is no name for a file.")) from None
    return path


def export(store: Store, conversation_id: int, path: Path, kind: Format) -> None:
    """Never over another file. Markdown has the current path, JSON all there is."""
    from yi_local.assistant.exchange.gathering import gather
    from yi_local.assistant.exchange.markdown import to_markdown
    from yi_local.assistant.exchange.native import to_json
    from yi_local.assistant.exchange.whole import path_of

    (whole,) = gather(store, [conversation_id])
    as_json = kind == "json"
    text = to_json([whole]) if as_json else to_markdown(whole.conversation, path_of(whole))
    try:
        with path.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            tr("{path} exists already: nothing is overwritten.", path=path),
            tr("Choose another name."),
        ) from None
    except OSError as error:
        raise YiLocalError(
            tr("{path} cannot be written: {reason}.", path=path, reason=error.strerror),
            tr("Choose another place."),
        ) from None

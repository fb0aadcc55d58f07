"""What SQLite complains of, in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yi_local.errors import YiLocalError
from yi_local.language import tr

_PRIMARY = 0xFF  # an extended code says more in its higher bits


class Damaged(YiLocalError):
    """The file's own structure is broken."""


@contextmanager
def in_words(path: Path | None) -> Iterator[None]:
    """Turns what can happen to anybody into YiLocalError; our own mistakes stay what they are."""
    try:
        yield
    except sqlite3.Error as error:
        told = _told(error, path)
        if told is None:
            raise
        raise told from error
    except MemoryError as error:
        raise _cannot_be_used(path, "out of memory") from error


def code_of(error: sqlite3.Error) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else int(code) & _PRIMARY


def cannot_be_written(path: Path | None, reason: str) -> YiLocalError:
    return YiLocalError(
        tr("The conversations in {path} cannot be written: {reason}.", path=path, reason=reason),
        tr("Check the rights of the file and of its folder."),
    )


def damaged(path: Path | None) -> Damaged:
    return Damaged(
        tr("The file of the conversations is damaged: {path}.", path=path),
        tr("Start again: the file is then put aside, and what can be read is kept."),
    )


def _told(error: sqlite3.Error, path: Path | None) -> YiLocalError | None:
    match code_of(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return YiLocalError(
                tr(
                    "Another program has been using the conversations in {path} too long.",
                    path=path,
                ),
                tr("Try again, or close the other program."),
            )
        case sqlite3.SQLITE_FULL:
            return YiLocalError(
                tr("There is no room left on the disk for {path}.", path=path),
                tr("Make room and try again: what was saved before is not lost."),
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return cannot_be_written(path, str(error))
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
        case sqlite3.SQLITE_TOOBIG:
            return YiLocalError(
                tr("This text is too long to be stored."), tr("Divide it into smaller ones.")
            )
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_NOMEM | sqlite3.SQLITE_INTERRUPT:
            return _cannot_be_used(path, str(error))
    return None


def _cannot_be_used(path: Path | None, reason: str) -> YiLocalError:
    return YiLocalError(
        tr("{path} cannot be read or written: {reason}.", path=path, reason=reason),
        tr("Check the disk and the memory, and try again."),
    )

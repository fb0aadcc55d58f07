"""The programs of this person that hold models now: each tells in a file where it can be asked.

Only its owner may read the file, for it has the token that opens the program's private routes.
"""

import json
import os
import secrets
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from yi_local import paths

ROOT = "/private/"  # of the routes that the token opens
Kind = Literal["serve", "app"]

_MOST_BYTES = 1 << 16  # a file of ours has a few hundred
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Program:
    pid: int
    kind: Kind
    url: str  # "http://127.0.0.1:8080", as it is reached from this machine
    token: str
    started_s: float  # Unix time
    version: str  # of yi_local
    machine: str  # a home may be shared by several, where process ids mean nothing


def new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def this_machine() -> str:
    return socket.gethostname()


def announce(program: Program) -> None:
    """Whole or not at all, and never for a moment readable by others.

    Raises OSError where it cannot be written, or others could write in the folder.
    """
    folder = paths.runtime_dir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not _is_ours(folder.lstat(), stat.S_ISDIR):
        raise PermissionError(f"{folder} belongs to others")
    _tighten(folder)
    temporary = folder / f".{program.pid}.{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with open(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(program), file)
    try:
        os.replace(temporary, _file(program.pid))
    finally:
        temporary.unlink(missing_ok=True)


def withdraw(program: Program) -> None:
    """Where it is still this program's file, and not that of a later one with its number."""
    path = _file(program.pid)
    with suppress(OSError):
        if _read(path) == program:
            path.unlink()


def announced() -> tuple[Program, ...]:
    """The newest first; files of processes that are gone are removed.

    Whether one answers is another question. What is not ours, or broken, is passed over.
    """
    found = []
    for path in _files():
        program = _read(path)
        if program is None or program.machine != this_machine():
            continue
        if is_alive(program.pid):
            found.append(program)
        else:
            withdraw(program)
    return tuple(sorted(found, key=lambda program: -program.started_s))


def is_alive(pid: int) -> bool:
    """Whether a process of ours has this number; on Windows it may always be so."""
    if sys.platform == "win32":
        return True  # there os.kill(pid, 0) is Ctrl-C
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return True


def proof(token: str, nonce: str) -> str:
    """What a program answers to show that it has the token, without telling it."""
    import hmac

    return hmac.digest(token.encode(), b"yi-local " + nonce.encode(), "sha256").hex()


# -- inside


def _file(pid: int) -> Path:
    return paths.runtime_dir() / f"{pid}.json"


def _files() -> Iterator[Path]:
    folder = paths.runtime_dir()
    try:
        if not _is_ours(folder.lstat(), stat.S_ISDIR):
            return
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name.endswith(".json") and name[:-5].isdecimal():
            yield folder / name


def _read(path: Path) -> Program | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            if not _is_ours(os.fstat(file.fileno()), stat.S_ISREG):
                return None
            program = _program(json.loads(file.read(_MOST_BYTES)))
    except (OSError, ValueError, RecursionError):
        return None
    return program if program is not None and path.name == f"{program.pid}.json" else None


def _program(value: Any) -> Program | None:
    texts = ("kind", "url", "token", "version", "machine")
    if not isinstance(value, dict) or not all(isinstance(value.get(n), str) for n in texts):
        return None
    pid, started_s = value.get("pid"), value.get("started_s")
    if type(pid) is not int or pid < 1 or not isinstance(started_s, int | float):
        return None
    if value["kind"] not in get_args(Kind) or not value["url"].startswith("http://"):
        return None
    if not value["token"].isascii() or not value["token"].isprintable():
        return None
    return Program(pid, started_s=float(started_s), **{name: value[name] for name in texts})


def _is_ours(found: os.stat_result, is_kind: Any) -> bool:
    """Nobody else can have written it."""
    if not is_kind(found.st_mode):
        return False
    if sys.platform == "win32":
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _tighten(folder: Path) -> None:
    if sys.platform != "win32":
        folder.chmod(0o700)

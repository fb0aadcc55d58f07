"""Puts a damaged database aside, and a new one in its place with what can be read of it."""

import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from yi_local.errors import YiLocalError
from yi_local.language import tr, trn
from yi_local.store.database.connections import log_of, suspicion_of
from yi_local.store.database.mending import mended
from yi_local.store.database.opening import open_database
from yi_local.store.database.salvage import Row, mend_first_page, read_tables
from yi_local.store.database.trouble import Damaged
from yi_local.store.tree import marks

_LOCK_S = 60.0


def recover(path: Path) -> str | None:
    """What was done, in words; None where another program has just done it."""
    from filelock import FileLock, Timeout  # hardly ever needed

    try:
        with FileLock(path.with_name(f"{path.name}.lock"), timeout=_LOCK_S):
            with suppress(Damaged):
                open_database(path).close()
                return None
            return _recover(path)
    except (OSError, Timeout) as error:
        raise YiLocalError(
            tr("{path} is damaged and cannot be put aside: {reason}.", path=path, reason=error),
            tr("Close other programs that use it, or move the file away yourself."),
        ) from None


def _recover(path: Path) -> str:
    """The damaged file is moved last: whatever fails before, a full disk too, it is still there."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".recovery-") as folder:
        new = Path(folder, "new")
        n_messages = _bring_over(mended(_readable(path, Path(folder))), new)
        aside = _put_aside(path)
        os.replace(new, path)
    if n_messages == 0:
        return tr(
            "The file of the conversations was damaged, and nothing in it could be read. "
            "It is kept as {path}.",
            path=aside,
        )
    return trn(
        "The file of the conversations was damaged: {n} message could be read and is kept. "
        "The damaged file is {path}.",
        "The file of the conversations was damaged: {n} messages could be read and are kept. "
        "The damaged file is {path}.",
        n_messages,
        path=aside,
    )


def _put_aside(path: Path) -> Path:
    """The log goes with it. A file of that name is never overwritten."""
    name = f"{path.name}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}"
    aside, number = path.with_name(name), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{name}-{number}")
    os.replace(path, aside)
    with suppress(FileNotFoundError):
        os.replace(log_of(path), log_of(aside))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)  # it only tells of the log
    suspicion_of(path).unlink(missing_ok=True)
    return aside


def _readable(path: Path, folder: Path) -> dict[str, list[Row]]:
    """Read from copies: the file stays as it was found."""
    copy, again = folder / "copy", folder / "again"
    shutil.copyfile(path, copy)
    with suppress(FileNotFoundError):
        shutil.copyfile(log_of(path), log_of(copy))
    tables = read_tables(copy)
    if not tables["messages"]:
        shutil.copyfile(path, again)
        mend_first_page(again, _first_page(folder / "empty"))
        tables = read_tables(again)
    return tables


def _first_page(new: Path) -> bytes:
    database = open_database(new)
    with database.bare() as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    database.close()  # works off the log
    return new.read_bytes()[:size]


def _bring_over(tables: Mapping[str, Sequence[Row]], new: Path) -> int:
    """How many messages came, under the ids they had. A row that its table refuses is left out."""
    count = 0
    database = open_database(new)
    try:
        with database.writing() as connection:
            for table in ("conversations", "messages", "notes"):
                known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
                for row in tables[table]:
                    columns = {name: value for name, value in row.items() if name in known}
                    cursor = connection.execute(
                        f"INSERT OR IGNORE INTO {table} ({', '.join(columns)})"
                        f" VALUES ({marks(columns)})",
                        tuple(columns.values()),
                    )
                    count += cursor.rowcount if table == "messages" else 0
    finally:
        database.close()  # works off the log: one file is left
    return count

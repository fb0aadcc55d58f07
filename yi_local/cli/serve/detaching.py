"""`yi serve --detach`: the same command in the background, waited for until it is ready."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from yi_local import paths
from yi_local.cli.context import Context
from yi_local.cli.output import Output
from yi_local.cli.serve.words import ready_json, tell_of_page
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.text import clean
from yi_local.types import Json

DETACH = "--detach"
DETACHED = "--detached"  # what the one in the background is called with
_LOGS_KEPT = 10


def detach(argv: Sequence[str], context: Context, *, as_json: bool) -> int:
    """Its exit code where it has failed; what it said is repeated here."""
    output, log = context.output, _new_log()
    process = _begin(argv, log)
    told: Json = {}
    try:
        for line in _lines(process):
            if "loading" in line:
                output.progress.show(tr("Loading the model"), line["loading"], 1)
            told |= line
            if "url" in line:
                break
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    output.progress.clear()
    _repeat(log, output)
    if "url" not in told:
        return process.wait() or YiLocalError.exit_code
    _tell(told, process.pid, output, as_json)
    process.returncode = 0  # it outlives this program, which Python would complain of
    return 0


def _tell(told: Json, pid: int, output: Output, as_json: bool) -> None:
    if "key" in told:
        output.say(tr("The key, which is shown this once: {key}", key=told["key"]))
    if as_json:
        output.write(ready_json(told["url"], told["page"], pid=pid) + "\n")
        return
    output.say(
        tr(
            "Ready: open {page} in a browser, or give clients {url} as base URL. yi stop ends it.",
            page=told["page"],
            url=f"{told['url']}/v1",
        )
    )
    tell_of_page(told["page"], output)


def _begin(argv: Sequence[str], log: Path) -> "subprocess.Popen[str]":
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        return subprocess.Popen(
            _command(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            encoding="utf-8",
            start_new_session=True,  # neither Ctrl-C nor the end of this terminal reaches it
            creationflags=flags,
        )


def _command(argv: Sequence[str]) -> list[str]:
    """As this program was begun."""
    begun = sys.orig_argv[: len(sys.orig_argv) - len(argv)]
    if sys.orig_argv[len(begun) :] != list(argv) or len(begun) < 2:
        begun = [sys.executable, "-m", "yi_local", "serve"]
    rest = [argument for argument in argv if argument != DETACH]
    return [sys.executable, *begun[1:], DETACHED, *rest]


def _lines(process: "subprocess.Popen[str]") -> Iterator[Json]:
    """What it tells until it ends, or until nobody asks for more."""
    assert process.stdout is not None
    with process.stdout as lines:
        for text in lines:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


def _repeat(log: Path, output: Output) -> None:
    try:
        said = log.read_bytes().decode("utf-8", "replace").strip("\n")
    except OSError:
        return
    if said:
        output.say(clean(said))


def _new_log() -> Path:
    """One of its own; the oldest ones go. Raises YiLocalError where there is no place for it."""
    folder = paths.log_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        logs = sorted(folder.glob("serve-*.log"), key=lambda path: path.stat().st_mtime)
        for old in logs[: max(0, len(logs) - _LOGS_KEPT + 1)]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise YiLocalError(
            tr("{file} cannot be written: {reason}.", file=folder, reason=error.strerror),
            tr("Check the folder it is in."),
        ) from None
    return folder / f"serve-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"

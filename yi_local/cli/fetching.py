"""A model on its way here: a line on a terminal, lines of JSON for programs, or nothing."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from yi_local.assistant.models.fetching import Fetched, FetchProgress
from yi_local.cli.interrupt import cancelling_on_interrupt
from yi_local.cli.output import Output
from yi_local.errors import YiLocalError
from yi_local.language import mark, tr
from yi_local.text import cut, human_bytes, human_duration

_BAR_WIDTH = 16
_STATES = {
    "stalled": mark("stalled"),
    "waiting": mark("waiting"),
    "verifying": mark("verifying"),
}
_COLUMNS = 79  # the last one stays free: some terminals wrap there

Show = Callable[[FetchProgress], None]
Fetch = Callable[[Callable[[], bool]], Iterator[FetchProgress | Fetched]]  # told how to stop


def fetch_visibly(fetch: Fetch, output: Output, show: Show | None = None) -> tuple[Path, ...]:
    """The paths of its files. Ctrl-C stops it and keeps what came; raises Cancelled then."""
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True

    show = show or LineView(output)
    try:
        with cancelling_on_interrupt(stop):
            for event in fetch(lambda: stopped):
                if isinstance(event, Fetched):
                    return event.paths
                show(event)
    finally:
        output.progress.clear()
    raise YiLocalError(tr("The transfer ended without an end."), tr("Try again."))


class LineView:
    """One line that is redrawn, short enough for 80 columns."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def __call__(self, event: FetchProgress) -> None:
        self._output.progress.tell(line_of(event))


class JsonView:
    """One object a line on stdout, about ten a second at most."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def __call__(self, event: FetchProgress) -> None:
        fields = {
            "event": "progress",
            "file": event.file.path,
            "file_progress": asdict(event.progress),
            "done_bytes": event.done_bytes,
            "total_bytes": event.total_bytes,
        }
        self._output.write(json.dumps(fields, ensure_ascii=False) + "\n")


def no_view(event: FetchProgress) -> None:
    """--quiet."""


def line_of(event: FetchProgress) -> str:
    """ "[######         ] 1.2 GB of 3.7 GB, 45 MB/s, 56 s left"; honest where nothing comes."""
    progress = event.progress
    done, total = human_bytes(event.done_bytes), human_bytes(event.total_bytes)
    amount = tr("{done} of {total}", done=done, total=total)
    bar = _bar(event.done_bytes, event.total_bytes)
    if progress.state in ("stalled", "waiting", "verifying"):
        return cut(f"{bar} {amount}: {progress.detail or tr(_STATES[progress.state])}", _COLUMNS)
    parts = [f"{bar} {amount}"]
    if progress.bytes_per_s:
        parts.append(f"{human_bytes(round(progress.bytes_per_s))}/s")
        left_bytes = event.total_bytes - event.done_bytes
        left = human_duration(left_bytes / progress.bytes_per_s)
        parts.append(tr("{time} left", time=left))
    return cut(tr(", ").join(parts), _COLUMNS)


def _bar(done: int, total: int) -> str:
    filled = _BAR_WIDTH * done // total if total else _BAR_WIDTH
    return f"[{'#' * filled}{' ' * (_BAR_WIDTH - filled)}]"

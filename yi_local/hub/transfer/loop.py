"""The transfer loop: fetches one file, whatever happens on the way, and verifies it."""

import errno
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from yi_local.errors import Cancelled, YiLocalError
from yi_local.hub.remote.answer import Again
from yi_local.hub.remote.client import Client
from yi_local.hub.remote.retry import may_pass
from yi_local.hub.remote.web import Web
from yi_local.hub.transfer import endings
from yi_local.hub.transfer.download import Download, Patience
from yi_local.hub.transfer.inbox import Outcome
from yi_local.hub.transfer.lanes import Lanes
from yi_local.hub.transfer.locks import Lock
from yi_local.hub.transfer.partial import Partial
from yi_local.hub.transfer.progress import Meter, Progress, State
from yi_local.hub.transfer.segments import Segments
from yi_local.hub.transfer.space import free_bytes, too_little
from yi_local.hub.transfer.stream import Stream
from yi_local.language import tr

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_PATIENCE = Patience()


def fetch(
    download: Download,
    web: Web,
    cancel: Callable[[], bool] = lambda: False,
    *,
    patience: Patience = _PATIENCE,
    free: Callable[[Path], int] = free_bytes,
    lanes: Lanes | None = None,
) -> Iterator[Progress]:
    """The last one is `done`; then the file is at `download.blob`, verified.

    It may be stopped anywhere, by `cancel`, by closing the iterator or by kill -9: the next call
    goes on where this one ended. What others have begun is waited for, and used.
    """
    total = download.size_bytes
    if not download.is_here():
        download.blob.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as held:
            yield from _turn(download, cancel, patience, held)
            if not download.is_here():
                yield from _Transfer(download, web, cancel, patience, free, lanes or Lanes()).run(
                    held
                )
    yield Progress(total, total, state="done")


def _turn(
    download: Download, cancel: Callable[[], bool], patience: Patience, held: ExitStack
) -> Iterator[Progress]:
    lock = Lock(download.lock)
    while not lock.take(patience.tick_s):
        if cancel():
            raise Cancelled(
                tr("Another program fetches {name}; nothing was changed.", name=download.name)
            )
        detail = tr("Another program fetches this file; its result will be used")
        yield Progress(_size(download.partial), download.size_bytes, state="waiting", detail=detail)
    held.callback(lock.release)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class _Transfer:
    """Holds what belongs to one file while it is fetched."""

    def __init__(
        self,
        download: Download,
        web: Web,
        cancel: Callable[[], bool],
        patience: Patience,
        free: Callable[[Path], int],
        lanes: Lanes,
    ) -> None:
        self._download, self._web, self._cancel = download, web, cancel
        self._lanes = lanes
        self._patience, self._free = patience, free
        self._meter = Meter()
        self._told_s = self._received_s = time.monotonic()
        self._received_bytes = 0  # in this run

    def run(self, held: ExitStack) -> Iterator[Progress]:
        download = self._download
        try:
            partial = self._partial = Partial(download.partial, download.blob, download.size_bytes)
            held.callback(partial.close)
            self._check_space()
            client = held.enter_context(self._web.new_client())
            yield from self._kept()
            yield from self._filled(client)
            if partial.sha256 != download.sha256:
                partial.restart()
                yield self._progress(
                    "transferring", tr("The bytes were wrong; fetching them again")
                )
                yield from self._filled(client)
            if partial.sha256 != download.sha256:
                partial.discard()
                raise endings.wrong_bytes(download)
            yield self._progress("verifying", tr("Writing it to the disk"))
            partial.finish()
        except OSError as error:
            if error.errno in _FULL:
                raise self._too_little() from error
            raise

    # The disk

    def _check_space(self) -> None:
        needed = self._download.size_bytes - self._partial.kept_bytes
        if self._free(self._download.blob.parent) < needed:
            raise self._too_little()

    def _too_little(self) -> YiLocalError:
        download, folder = self._download, self._download.blob.parent
        needed = download.size_bytes - _size(download.partial)
        return too_little(download.name, needed, self._free(folder), folder)

    def _kept(self) -> Iterator[Progress]:
        """An earlier run's bytes are believed only after they went through the hash."""
        for _ in self._partial.rehash():
            self._stop_if_cancelled()
            if self._is_due():
                yield self._progress("verifying", tr("Checking what is already here"))

    # The network

    def _filled(self, client: Client) -> Iterator[Progress]:
        partial, failures = self._partial, 0
        while partial.position < self._download.size_bytes:
            before = partial.position
            outcome = yield from self._attempt(client)
            if outcome is None:  # all is here, or more or fewer connections are wanted
                continue
            self._lanes.failed()
            failures = failures + 1 if partial.position == before else 0
            pause_s = self._pause_after(outcome, failures)
            yield from self._pause(pause_s, outcome)

    def _attempt(self, client: Client) -> Generator[Progress, None, Outcome | None]:
        """None: it ended as it should."""
        began_s, began_at = time.monotonic(), self._partial.position
        with closing(self._stream(client)) as stream:
            while self._partial.position < self._download.size_bytes:
                self._stop_if_cancelled()
                item = stream.next()
                if isinstance(item, bytes):
                    self._take(item)
                elif item is not None:
                    return item
                if self._is_due():
                    yield self._lately()
                    left = self._download.size_bytes - self._partial.position
                    took_s = time.monotonic() - began_s
                    if self._lanes.should_change(self._partial.position - began_at, took_s, left):
                        break
        return None

    def _stream(self, client: Client) -> Stream | Segments:
        position, connections = self._partial.position, self._lanes.connections
        if connections > 1:
            return Segments(client, self._download, position, connections)
        return Stream(client, self._download, position)

    def _take(self, data: bytes) -> None:
        left = self._download.size_bytes - self._partial.position
        self._partial.append(data[:left])
        self._received_s = time.monotonic()
        self._received_bytes += len(data)
        self._meter.count(len(data), self._received_s)

    def _pause_after(self, outcome: Outcome, failures: int) -> float:
        patience = self._patience
        if isinstance(outcome, YiLocalError):
            raise outcome
        at_first = self._received_bytes == 0
        limit = patience.attempts_at_first if at_first else patience.attempts_later
        wanted_s = outcome.after_s if isinstance(outcome, Again) else None
        hopeless = isinstance(outcome, BaseException) and not may_pass(outcome)
        if hopeless or failures >= limit or (wanted_s or 0) > patience.longest_wait_s:
            raise endings.given_up(self._download, outcome)
        return patience.pause_s(failures) if wanted_s is None else wanted_s

    def _pause(self, pause_s: float, outcome: Outcome) -> Iterator[Progress]:
        asked_to = isinstance(outcome, Again) and outcome.after_s is not None
        why = endings.why(self._download, outcome)
        until_s = time.monotonic() + pause_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._stop_if_cancelled()
            if self._is_due() or left_s > 1:
                state: State = "waiting" if asked_to else "stalled"
                yield self._progress(
                    state,
                    tr(
                        "{why}; trying again in {seconds} s", why=why, seconds=max(1, round(left_s))
                    ),
                )
            time.sleep(min(self._patience.tick_s, left_s))

    # What is told

    def _is_due(self) -> bool:
        """About ten times in a second."""
        now_s = time.monotonic()
        if now_s - self._told_s < 0.1:
            return False
        self._told_s = now_s
        return True

    def _lately(self) -> Progress:
        silent_s = time.monotonic() - self._received_s
        if silent_s < self._patience.silence_s:
            return self._progress("transferring")
        return self._progress(
            "stalled", tr("Nothing has come for {seconds} s", seconds=f"{silent_s:.0f}")
        )

    def _progress(self, state: State, detail: str = "") -> Progress:
        now_s = time.monotonic()
        self._meter.pass_time(now_s)
        done, total = self._partial.position, self._download.size_bytes
        speed = self._meter.bytes_per_s(now_s)
        moving = state == "transferring" and speed
        left_s = (total - done) / speed if moving and speed else None
        return Progress(done, total, speed, left_s, state, detail)

    def _stop_if_cancelled(self) -> None:
        if self._cancel():
            raise endings.stopped(self._download, self._partial.position)

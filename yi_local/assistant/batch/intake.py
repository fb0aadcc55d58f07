"""The input's lines, read ahead by a thread, so many at most."""

import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue

from yi_local.assistant.batch.survey import numbered
from yi_local.errors import YiLocalError


class Intake:
    """`at_end` once all has been taken. The thread is a daemon: a pipe may never end."""

    def __init__(self, raws: Iterable[bytes], window: int) -> None:
        self._raws = raws
        self._room = threading.Semaphore(window)
        self._lines: SimpleQueue[tuple[int, bytes] | YiLocalError | None] = SimpleQueue()
        self.at_end = False

    def start(self, on_line: Callable[[], None]) -> None:
        """`on_line` is called in the thread, whenever there is something to take."""
        thread = threading.Thread(target=self._read, args=(on_line,), daemon=True, name="intake")
        thread.start()

    def take(self) -> list[tuple[int, bytes]]:
        """What has come, by line number; raises what the reading raised."""
        taken: list[tuple[int, bytes]] = []
        while not self.at_end:
            try:
                line = self._lines.get_nowait()
            except Empty:
                break
            if isinstance(line, YiLocalError):
                raise line
            if line is None:
                self.at_end = True
            else:
                taken.append(line)
        return taken

    def let_go(self) -> None:
        """One of the lines that were taken is done with: another may be read."""
        self._room.release()

    def _read(self, on_line: Callable[[], None]) -> None:
        try:
            for line in numbered(self._raws):
                self._room.acquire()
                self._lines.put(line)
                on_line()
        except YiLocalError as error:
            self._lines.put(error)
        self._lines.put(None)
        on_line()

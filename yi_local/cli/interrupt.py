"""Ctrl-C as a wish to stop an answer rather than the program."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType


@contextmanager
def cancelling_on_interrupt(cancel: Callable[[], None]) -> Iterator[None]:
    """While this lasts, the first Ctrl-C calls `cancel`; a second one is KeyboardInterrupt.

    The handler itself only wakes a thread: it may run in the middle of anything, even of the
    lock that `cancel` needs. SimpleQueue.put is the call documented as safe there. For the main
    thread only.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # ignored, as for a job that a shell put in the background: then it stays so
        return
    wishes: SimpleQueue[bool] = SimpleQueue()

    def on_signal(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        wishes.put(True)

    def wait_for_wishes() -> None:
        if wishes.get():
            cancel()

    watcher = threading.Thread(target=wait_for_wishes, daemon=True, name="interrupt-watcher")
    watcher.start()
    signal.signal(signal.SIGINT, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        wishes.put(False)
        watcher.join()

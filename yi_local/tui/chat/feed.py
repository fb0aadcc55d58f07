"""The text of a running answer, on its way from the thread that makes it to whoever shows it."""

import asyncio
import threading
from collections.abc import Callable


class Feed:
    """Belongs to the event loop, but for `push` and `end`, which any thread may call.

    `wake` is called from that thread when there is something new, once until the text is taken; it
    shall let the event loop call `arrived`. So a thousand tokens between two looks are one message,
    and none where nobody looks. Who shows the text comes and goes, the text stays.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self.n_pieces = 0  # about as many as tokens
        self._wake = wake
        self._lock = threading.Lock()
        self._pieces: list[str] = []
        self._told = False
        self._ended = False
        self._news = asyncio.Event()

    # -- any thread

    def begin(self, text: str) -> None:
        """What an answer that goes on has already."""
        self._tell(text)

    def push(self, text: str) -> None:
        self.n_pieces += 1
        self._tell(text)

    def end(self) -> None:
        self._ended = True
        self._tell("")

    # -- the event loop

    @property
    def ended(self) -> bool:
        """Nothing follows what `text` is from now on."""
        return self._ended

    @property
    def text(self) -> str:
        """All of it, as it came from the model."""
        with self._lock:
            self._told = False
            self._pieces = ["".join(self._pieces)]
            return self._pieces[0]

    def arrived(self) -> None:
        self._news.set()

    async def news(self) -> None:
        """Waits for more, or for the end; at once where that came since the last wait."""
        await self._news.wait()
        self._news.clear()

    def _tell(self, text: str) -> None:
        with self._lock:
            if text:
                self._pieces.append(text)
            known, self._told = self._told, True
        if not known:
            self._wake()

"""Turns the bytes of tokens into text that is safe to show at once."""

import codecs


class TextStream:
    """Whole characters only, and never a part of a stop string.

    A character may be spread over several tokens, a stop string too: what could still become one
    is held back until the next token decides.
    """

    def __init__(self, stop: tuple[str, ...] = ()) -> None:
        self._stop = stop
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.decoded = 0  # characters, those held back included
        self.stopped = False

    @property
    def in_character(self) -> bool:
        """Whether the last bytes may be the beginning of a character."""
        return bool(self._decoder.getstate()[0])

    def feed(self, piece: bytes) -> str:
        """The text that this token made certain; "" while it is undecided."""
        decoded = self._decoder.decode(piece)
        self._held += decoded
        self.decoded += len(decoded)
        ends = [index for stop in self._stop if (index := self._held.find(stop)) >= 0]
        if ends:
            self.stopped = True
            return self._take(min(ends), rest="")
        return self._take(len(self._held) - self._partial_stop())

    def finish(self) -> str:
        """What was held back, when no more tokens come. Half a character is dropped."""
        return "" if self.stopped else self._take(len(self._held))

    def _take(self, length: int, rest: str | None = None) -> str:
        text, held = self._held[:length], self._held[length:]
        self._held = held if rest is None else rest
        return text

    def _partial_stop(self) -> int:
        """Length of the longest end of the held text with which a stop string begins."""
        longest = max(map(len, self._stop), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stop):
                return length
        return 0

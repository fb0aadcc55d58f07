"""How far a transfer is, and how fast it went lately."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

State = Literal["transferring", "stalled", "waiting", "verifying", "done"]

_WINDOW_S = 5.0  # long enough to be calm, short enough to be true


@dataclass(frozen=True, slots=True)
class Progress:
    """`waiting`: for another program, or for a server that asked us to; `detail` says which."""

    done_bytes: int  # on disk; it falls only where the file has to be fetched again
    total_bytes: int
    bytes_per_s: float | None = None  # None: nothing is known yet
    left_s: float | None = None
    state: State = "transferring"
    detail: str = ""


class Meter:
    """Bytes per second over the last seconds; the caller tells the time."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()  # (time, all bytes until then)
        self._n_bytes = 0

    def count(self, n_bytes: int, now_s: float) -> None:
        self._n_bytes += n_bytes
        self.pass_time(now_s)

    def pass_time(self, now_s: float) -> None:
        """Also while nothing arrives: the speed falls."""
        samples = self._samples
        if samples and now_s - samples[-1][0] < _WINDOW_S / 50 and len(samples) > 1:
            samples[-1] = (samples[-1][0], self._n_bytes)  # few samples, however many blocks
        else:
            samples.append((now_s, self._n_bytes))
        while len(samples) > 2 and now_s - samples[1][0] >= _WINDOW_S:
            samples.popleft()

    def bytes_per_s(self, now_s: float) -> float | None:
        if not self._samples:
            return None
        began_s, before = self._samples[0]
        took_s = now_s - began_s
        return (self._n_bytes - before) / took_s if took_s >= 0.1 else None

"""How many connections a transfer takes: one, unless several were seen to be faster here."""

from typing import Literal

SEVERAL = 4
_TRIAL_S = 3.0  # long enough for a connection to find its speed
_LEAST_LEFT_BYTES = 128 << 20  # less is here before a trial has paid
_WORTH_IT = 1.25  # times as fast; the server is asked for no more for less

Phase = Literal["one", "trial", "settled"]


class Lanes:
    """Pure: the caller tells what came, and the time."""

    def __init__(
        self, trial_s: float = _TRIAL_S, least_left_bytes: int = _LEAST_LEFT_BYTES
    ) -> None:
        self.connections = 1
        self._trial_s, self._least_left_bytes = trial_s, least_left_bytes
        self._phase: Phase = "one"
        self._one_bytes_per_s = 0.0

    def should_change(self, n_bytes: int, took_s: float, left_bytes: int) -> bool:
        """After `n_bytes` in `took_s` with so many connections; then `connections` is another."""
        if self._phase == "settled" or took_s < self._trial_s or not n_bytes:
            return False
        speed = n_bytes / took_s
        if self._phase == "one":
            if left_bytes < self._least_left_bytes:
                return False
            self._phase, self._one_bytes_per_s = "trial", speed
            self.connections = SEVERAL
            return True
        self._phase = "settled"
        if speed >= _WORTH_IT * self._one_bytes_per_s:
            return False
        self.connections = 1
        return True

    def failed(self) -> None:
        """Several at once may be what the server does not like."""
        if self.connections > 1:
            self.connections, self._phase = 1, "settled"

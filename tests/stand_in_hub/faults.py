"""What goes wrong on purpose at the stand-in."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

BODY = ("drop", "reset", "stall", "flip", "throttle")
HEAD = ("hang", "status", "html", "expired", "refuse")
RANGE = ("ignore_range", "wrong_range", "wrong_total", "no_length", "compressed")


@dataclass
class Fault:
    kind: str
    on: str  # the origin: "hub", "cdn", "mirror", "modelscope"
    times: int | None  # None: always
    path: str = ""  # only where the address holds this
    after_bytes: int = 0  # drop, reset, stall: of the body
    at: int = 0  # flip: the offset in the file
    bytes_per_s: float = 0  # throttle
    seconds: float | None = None  # stall, hang: None is until the stand-in closes
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        if fault.kind not in BODY + HEAD + RANGE:
            raise ValueError(f"no such fault: {fault.kind}")
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, origin: str, path: str, kinds: tuple[str, ...]) -> dict[str, Fault]:
        """The faults of one answer, by kind; each is used up by one."""
        with self._lock:
            taken: dict[str, Fault] = {}
            for fault in self._faults:
                here = fault.on == origin and fault.kind in kinds and fault.path in path
                if not here or fault.times == 0 or fault.kind in taken:
                    continue
                taken[fault.kind] = fault
                if fault.times is not None:
                    fault.times -= 1
            return taken

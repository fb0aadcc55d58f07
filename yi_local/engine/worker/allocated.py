"""What a load has really taken: llama.cpp's books, the process, the devices."""

import re
from pathlib import Path
from typing import Any

import psutil

from yi_local.engine.worker.breakdown import Breakdown
from yi_local.engine.worker.devices import read_devices
from yi_local.engine.worker.native import Native
from yi_local.types import AllocatedMemory

_STATUS = Path("/proc/self/status")


class Ledger:
    """Opened before a load, read after it."""

    def __init__(self, ll: Any) -> None:
        ll.llama_backend_init()
        self._native = Native(ll)
        self._on_gpu = bool(ll.llama_supports_gpu_offload())
        self._free_before = self._free_bytes()

    def read(self, context: Any) -> AllocatedMemory:
        free_now = self._free_bytes()
        taken = {name: free - free_now.get(name, free) for name, free in self._free_before.items()}
        return AllocatedMemory(
            devices=Breakdown(self._native).of(context) or (),
            process_bytes=private_bytes(),
            taken_bytes=taken,
        )

    def _free_bytes(self) -> dict[str, int]:
        """By accelerator; asking for it would start a driver that a CPU build does not have."""
        devices = read_devices(self._native) if self._on_gpu else ()
        return {device.name: device.free_bytes for device in devices if device.free_bytes}


def private_bytes() -> int | None:
    """Of this process's memory, what is in RAM and no file's pages; None where nobody tells."""
    try:
        anonymous = re.search(r"^RssAnon:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    except OSError:  # not Linux
        anonymous = None
    if anonymous:
        return int(anonymous[1]) * 1024
    try:
        return int(psutil.Process().memory_full_info().uss)
    except (psutil.Error, AttributeError):
        return None

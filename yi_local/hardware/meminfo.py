"""The machine's RAM by /proc/meminfo."""

import re

from yi_local.hardware.snapshot import Memory


def memory(text: str | None) -> Memory:
    """MemAvailable is the kernel's own estimate; kernels before 3.14 give none."""
    lines = re.findall(r"^(\w+): +(\d{1,16}) kB$", text or "", re.ASCII | re.MULTILINE)
    sizes = {name: 1024 * int(count) for name, count in lines}  # "kB" means 1024 bytes there
    return Memory(sizes.get("MemTotal"), sizes.get("MemAvailable"))

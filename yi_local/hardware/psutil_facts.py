"""What psutil tells, for systems whose own books are not read here."""

import psutil

from yi_local.hardware.snapshot import Memory


def memory() -> Memory:
    try:
        found = psutil.virtual_memory()
    except (psutil.Error, OSError):
        return Memory(None, None)
    return Memory(found.total, found.available)


def physical_cores() -> int | None:
    try:
        return psutil.cpu_count(logical=False)
    except (psutil.Error, OSError):
        return None


def logical_cores() -> int | None:
    """Those that this process may run on, where the system can say."""
    process = psutil.Process()
    try:
        allowed = process.cpu_affinity() if hasattr(process, "cpu_affinity") else None
    except (psutil.Error, OSError):
        allowed = None
    return len(allowed) if allowed else psutil.cpu_count()

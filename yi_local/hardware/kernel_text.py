"""How Linux writes numbers and lists in /proc and /sys."""

import re

_MAX_CPUS = 8192  # the most that an x86 kernel can be built for (NR_CPUS_RANGE_END)
_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)


def number(text: str | None, base: int = 10) -> int | None:
    """A number alone in its file; base 16 takes "0x10de" too. One below zero means "none"."""
    try:
        value = int(text, base) if text is not None else -1
    except ValueError:
        return None
    return value if value >= 0 else None


def cpu_list(text: str | None) -> frozenset[int]:
    """The CPUs of "0-3,8"; none where the text is no such list."""
    cpus: set[int] = set()
    for part in (text or "").strip().split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            return frozenset()
        first, last = int(match[1]), int(match[2] or match[1])
        cpus.update(range(first, min(last + 1, _MAX_CPUS)))
    return frozenset(cpus)


def counts(text: str | None) -> dict[str, int]:
    """The lines of memory.stat, "inactive_file 4096"; others are passed over."""
    found = re.findall(r"^(\w+) (\d{1,20})$", text or "", re.ASCII | re.MULTILINE)
    return {name: int(count) for name, count in found}

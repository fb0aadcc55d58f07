"""Sizes of memory in words, in powers of 1024 as memory is sold and reported."""

from yi_local.language import tr

MIB = 1 << 20
GIB = 1 << 30


def memory_size(size_bytes: int) -> str:
    """ "812 MiB", "6.1 GiB": two digits or a little more."""
    mib = size_bytes / MIB
    if mib < 1:
        return tr("less than 1 MiB") if size_bytes else "0 MiB"
    if mib < 1023.5:
        return f"{mib:.0f} MiB"
    gib = size_bytes / GIB
    return f"{gib:.1f} GiB" if gib < 99.95 else f"{gib:.0f} GiB"

"""The tar format as far as packs need it: plain files, one after the other.

Whatever else tar can say (links, devices, holes, compressed or renamed entries) has no words here,
so that a hostile archive has none either. POSIX.1-1988 ustar headers, with GNU's binary sizes for
8 GiB and more; `tar xf` reads it.
"""

import tarfile
from typing import BinaryIO

from yi_local.hub.library.pack_manifest import damaged_pack
from yi_local.language import tr

BLOCK_BYTES = 512
END = bytes(2 * BLOCK_BYTES)


def header(name: str, size_bytes: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = size_bytes
    entry.mode = 0o644
    return entry.tobuf(tarfile.GNU_FORMAT, "utf-8")


def padding(size_bytes: int) -> bytes:
    return bytes(-size_bytes % BLOCK_BYTES)


def read_header(file: BinaryIO) -> tuple[str, int]:
    """(name, size in bytes) of the file that follows. Raises CannotLoad for anything else."""
    block = file.read(BLOCK_BYTES)
    try:
        entry = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        raise damaged_pack(tr("it is cut short, or no pack at all")) from None
    if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or entry.size < 0:
        raise damaged_pack(tr("it holds something else than plain files"))
    return entry.name, entry.size


def skip_padding(file: BinaryIO, size_bytes: int) -> None:
    expected = padding(size_bytes)
    if file.read(len(expected)) != expected:
        raise damaged_pack(tr("it is cut short, or was changed"))


def read_end(file: BinaryIO) -> None:
    """Nothing but zeros may follow: tar fills its last block up."""
    rest = file.read(1 << 16)
    if len(rest) < len(END) or rest.strip(b"\0") or file.read(1):
        raise damaged_pack(tr("it is cut short, or something was added"))

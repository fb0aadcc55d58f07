"""The bytes of a stand-in's files: held, generated while they are read, or on disk."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol

_BLOCK = 1 << 20


class Content(Protocol):
    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def read(self, start: int, end: int) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class Held:
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def read(self, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, _BLOCK):
            yield self.data[at : min(at + _BLOCK, end)]


@dataclass(frozen=True)
class Generated:
    """Always the same pseudo-random bytes for a size and a seed; never more than 1 MiB at once."""

    size: int
    seed: int = 0

    @property
    def sha256(self) -> str:
        return _sha256(self)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            number, inside = divmod(start, _BLOCK)
            stop = min(inside + end - start, _BLOCK)
            # Each block begins with its number, so that no two are the same.
            block = number.to_bytes(8, "big") + _noise(self.seed)
            yield block[inside:stop]
            start += stop - inside

    def whole(self) -> bytes:
        return b"".join(self.read(0, self.size))


@dataclass(frozen=True)
class OnDisk:
    """Served with sendfile, where nothing goes wrong on purpose."""

    path: Path
    sha256: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def read(self, start: int, end: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(start)
            while start < end:
                block = file.read(min(_BLOCK, end - start))
                yield block
                start += len(block)


@cache
def _noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(_BLOCK - 8)


@cache
def _sha256(content: Generated) -> str:
    digest = hashlib.sha256()
    for block in content.read(0, content.size):
        digest.update(block)
    return digest.hexdigest()

"""The headers of remote files that were read before, kept by content."""

import hashlib
import json
import zlib
from pathlib import Path

from yi_local.hub.remote.kept_files import KeptFiles
from yi_local.hub.repo import Listing, RemoteFile

_MAX_BYTES = 256 << 20  # compressed, a header has 0.3 to 5 MB
_MAX_HEADER_BYTES = 1 << 27  # as gguf_file reads them
_LEVEL = 1  # zlib: most of a header is text, which it halves in 20 ms for each MB


class KeptHeaders:
    def __init__(self, cache_dir: Path) -> None:
        self._kept = KeptFiles(cache_dir / "headers", _MAX_BYTES)

    def load(self, listing: Listing, file: RemoteFile) -> bytes | None:
        data = self._kept.load(_name(listing, file))
        if data is None:
            return None
        try:
            return zlib.decompressobj().decompress(data, _MAX_HEADER_BYTES)
        except zlib.error:  # damaged
            return None

    def save(self, listing: Listing, file: RemoteFile, header: bytes) -> None:
        self._kept.save(_name(listing, file), zlib.compress(header, _LEVEL))


def _name(listing: Listing, file: RemoteFile) -> str:
    """The same file in another repository has the same header."""
    if file.sha256 is not None:
        return file.sha256
    where = (listing.source, listing.repo_id, listing.pin, file.path, file.size_bytes)
    return hashlib.sha256(json.dumps(where).encode()).hexdigest()

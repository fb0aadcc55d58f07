"""The listings of repositories as they were told last, for when nobody can be asked."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from yi_local.hub.remote.grouping import MAX_FILES, group_files
from yi_local.hub.remote.kept_files import KeptFiles
from yi_local.hub.repo import Listing, RemoteFile, Source
from yi_local.language import tr

_MAX_BYTES = 64 << 20  # a usual listing has 3 to 30 kB
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Told:
    """A repository's files as its source told them, hostile ones and all."""

    source: Source
    endpoint: str
    repo_id: str
    revision: str
    commit: str | None
    gated: bool | None
    files: tuple[RemoteFile, ...]
    remarks: tuple[str, ...] = ()

    def listing(self, age_s: float | None = None) -> Listing:
        grouping = group_files(self.files)
        remarks = self.remarks
        if grouping.cut:
            remarks += (tr("Only the first {n} files of it were looked at.", n=f"{MAX_FILES:,}"),)
        return Listing(
            self.source,
            self.repo_id,
            self.revision,
            self.commit,
            grouping.groups,
            gated=self.gated,
            incomplete=grouping.incomplete,
            left_out=grouping.left_out,
            remarks=remarks,
            age_s=age_s,
        )


class KeptListings:
    def __init__(self, cache_dir: Path) -> None:
        self._kept = KeptFiles(cache_dir / "listings", _MAX_BYTES)

    def save(self, told: Told) -> None:
        """Under the revision that was asked for, and under the commit that it is now."""
        for revision in {told.revision, told.commit or told.revision}:
            data = asdict(replace(told, revision=revision)) | {"format": _FORMAT}
            name = _name(told.source, told.endpoint, told.repo_id, revision)
            self._kept.save(name, json.dumps(data).encode())

    def load(self, source: Source, endpoint: str, repo_id: str, revision: str) -> Listing | None:
        name = _name(source, endpoint, repo_id, revision)
        data = self._kept.load(name)
        age_s = self._kept.age_s(name, time.time())
        if data is None or age_s is None:
            return None
        try:
            return _told(json.loads(data)).listing(age_s)
        except (ValueError, KeyError, TypeError):  # of another version, or damaged
            return None


def _name(source: Source, endpoint: str, repo_id: str, revision: str) -> str:
    key: Sequence[str] = (source, endpoint, repo_id, revision)
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32] + ".json"


def _told(data: dict[str, Any]) -> Told:
    if data.pop("format") != _FORMAT:
        raise ValueError("another format")
    files = tuple(RemoteFile(**file) for file in data.pop("files"))
    return Told(**data | {"files": files, "remarks": tuple(data["remarks"])})

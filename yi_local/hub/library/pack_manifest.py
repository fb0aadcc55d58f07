"""What a pack says of itself: the first file in it, as JSON."""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from yi_local.errors import CannotLoad
from yi_local.hub.repo import Source
from yi_local.hub.safe_path import why_unsafe
from yi_local.language import tr

FORMAT = "yipack"
VERSION = 1
MANIFEST_NAME = "manifest.json"
MAX_MANIFEST_BYTES = 1 << 22
UNMEASURED = "0" * 64  # stands where a sha256 will be written

MAX_FILES = 1000  # the largest models have under 200 shards
_MAX_FILE_BYTES = 1 << 44  # 16 TiB: no disk takes more in one file
_MAX_LICENSE_CHARACTERS = 1 << 18

_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPO = re.compile(r"(?:[\w.-]{1,96}/)?[\w.-]{1,96}", re.ASCII)
_COMMIT = re.compile(r"[\w-][\w.-]{0,63}", re.ASCII)  # ModelScope: also "master"
_MEMBER = re.compile(r"[^/\\\0]{1,100}")


@dataclass(frozen=True, slots=True)
class PackedFile:
    path: str  # where it goes, with slashes: in its repository, or in a folder
    member: str  # its name in the pack
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PackManifest:
    """What is unknown is None."""

    name: str
    files: tuple[PackedFile, ...]  # the model's in order, then its vision parts
    source: Source | None = None
    repo_id: str | None = None
    commit: str | None = None
    license: str | None = None  # as the model's header names it
    license_text: str | None = None
    made_by: str | None = None

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def written(manifest: PackManifest) -> bytes:
    """As long with UNMEASURED hashes as with the true ones."""
    value = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
    return json.dumps(value, indent=1).encode() + b"\n"


def parse_manifest(text: bytes) -> PackManifest:
    """Raises CannotLoad for whatever `written` would not have written."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise damaged_pack(tr("its manifest is no JSON")) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise damaged_pack(tr("its manifest is of something else"))
    if value.get("version") != VERSION:
        raise CannotLoad(
            tr(
                "This pack has version {found}; {version} can be read.",
                found=str(value.get("version"))[:20],
                version=VERSION,
            ),
            tr("Look for a newer yi_local."),
        )
    files = value.get("files")
    if not isinstance(files, list) or not 1 <= len(files) <= MAX_FILES:
        raise damaged_pack(tr("its manifest names no files, or too many"))
    packed = tuple(_file(file) for file in files)
    _refuse_equal_names(packed)
    return PackManifest(
        name=_text(value, "name", 500) or packed[0].path,
        files=packed,
        source=_source(value),
        repo_id=_optional(value, "repo_id", _REPO),
        commit=_optional(value, "commit", _COMMIT),
        license=_text(value, "license", 500),
        license_text=_text(value, "license_text", _MAX_LICENSE_CHARACTERS),
        made_by=_text(value, "made_by", 500),
    )


def damaged_pack(why: str) -> CannotLoad:
    return CannotLoad(
        tr("The pack is damaged: {why}.", why=why), tr("Copy it again, and compare its size.")
    )


def _source(value: dict[str, Any]) -> Source | None:
    match value.get("source"):
        case None:
            return None
        case "huggingface":
            return "huggingface"
        case "modelscope":
            return "modelscope"
    raise damaged_pack(tr("its source is none"))


def _file(value: Any) -> PackedFile:
    if not isinstance(value, dict):
        raise damaged_pack(tr("its manifest is malformed"))
    path, member = value.get("path"), value.get("member")
    size, sha256 = value.get("size_bytes"), value.get("sha256")
    if not isinstance(path, str) or not path.lower().endswith(".gguf"):
        raise damaged_pack(tr("it names a file that is no GGUF"))
    if why := why_unsafe(path):
        raise CannotLoad(
            tr("The pack is refused: {why}", why=why), tr("Do not use it, and ask who made it.")
        )
    if not isinstance(member, str) or not _MEMBER.fullmatch(member) or member == MANIFEST_NAME:
        raise damaged_pack(tr("its manifest names no file of it"))
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= _MAX_FILE_BYTES:
        raise damaged_pack(tr("it names an impossible size"))
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise damaged_pack(tr("it names no sha256"))
    return PackedFile(path, member, size, sha256)


def _refuse_equal_names(files: tuple[PackedFile, ...]) -> None:
    """Also of names that macOS or Windows takes for equal; and no file is another's folder."""
    paths = {unicodedata.normalize("NFC", file.path).casefold() for file in files}
    members = {file.member for file in files}
    folders = {path[:at] for path in paths for at, sign in enumerate(path) if sign == "/"}
    if len(paths) < len(files) or len(members) < len(files) or paths & folders:
        raise damaged_pack(tr("it holds two files of one name"))


def _optional(value: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str | None:
    text = value.get(key)
    if text is None:
        return None
    parts = text.split("/") if isinstance(text, str) else ()
    if not isinstance(text, str) or not pattern.fullmatch(text) or {".", ".."} & set(parts):
        raise damaged_pack(tr("its {key} is none", key=key))
    if "--" in text:  # which stands for the slash in a folder's name
        raise damaged_pack(tr("its {key} is none", key=key))
    return text


def _text(value: dict[str, Any], key: str, most: int) -> str | None:
    text = value.get(key)
    return text[:most] if isinstance(text, str) else None

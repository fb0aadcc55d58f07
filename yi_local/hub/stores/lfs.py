"""What Git-LFS pointer files and git remotes say, read from their text.

A clone with GIT_LFS_SKIP_SMUDGE=1, as the Yi README has its readers make, holds pointers in place
of models: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from yi_local.hub.repo import Source
from yi_local.hub.stores.stored_model import Pointer

MAX_POINTER_BYTES = 1024  # the specification: smaller than this
_VERSION = "version https://git-lfs.github.com/spec/"
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")
_MAX_DIGITS = 15  # of a size: 1 PB

_HOSTS: dict[str, Source] = {
    "huggingface.co": "huggingface",
    "hf.co": "huggingface",
    "hf-mirror.com": "huggingface",
    "modelscope.cn": "modelscope",
    "modelscope.ai": "modelscope",
}
_NOT_MODELS = ("datasets", "spaces", "studios")
_PART = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^@/:]+):(?P<path>[^/].*)")  # git@host:owner/name


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository of models; whoever's name and password stood in the address is not kept."""

    source: Source
    repo_id: str


@dataclass(frozen=True, slots=True)
class PointerFile:
    """A file that stands for a model, with all that is needed to fetch that model in its place."""

    path: Path
    sha256: str
    size_bytes: int
    filename: str  # in its repository, with slashes
    repo_id: str | None = None
    source: Source | None = None
    commit: str | None = None


def parse_pointer(text: bytes) -> Pointer | None:
    """None for what is no pointer to one whole object."""
    if len(text) >= MAX_POINTER_BYTES:
        return None
    lines = text.decode("utf-8", "replace").splitlines()
    if not lines or not lines[0].startswith(_VERSION):
        return None
    values = dict(line.split(" ", 1) for line in lines if " " in line)
    oid, size = _SHA256.fullmatch(values.get("oid", "")), values.get("size", "")
    if oid is None or not size.isascii() or not size.isdigit() or len(size) > _MAX_DIGITS:
        return None
    return Pointer(oid[1], int(size))


def parse_remote(url: str) -> Remote | None:
    """None for other hosts, and for repositories of something else than models."""
    host, path = _host_and_path(url.strip())
    source = _HOSTS.get(host.lower().removeprefix("www."))
    parts = unquote(path).strip("/").removesuffix(".git").split("/")
    if parts[0] == "models":
        parts = parts[1:]
    if source is None or len(parts) != 2 or parts[0] in _NOT_MODELS:
        return None
    if not all(_PART.fullmatch(part) for part in parts):
        return None
    return Remote(source, "/".join(parts))


def _host_and_path(url: str) -> tuple[str, str]:
    if "://" not in url:
        match = _SCP.fullmatch(url)
        return (match["host"], match["path"]) if match else ("", "")
    try:
        parts = urlsplit(url)
        return (parts.hostname or "", parts.path) if parts.scheme in _SCHEMES else ("", "")
    except ValueError:
        return "", ""


_SCHEMES = ("https", "http", "ssh", "git+ssh", "git")


def parse_remotes(config: str) -> tuple[str, ...]:
    """The addresses of the remotes in a `.git/config`, origin's first.

    As git-config(1) writes them; what it includes from elsewhere is not followed.
    """
    found: dict[str, str] = {}
    section = ""
    for line in config.splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text
        match = _REMOTE.fullmatch(section)
        key, equals, value = text.partition("=")
        if match and equals and key.strip().lower() == "url":
            found.setdefault(match[1], value.strip().strip('"'))
    return tuple(found[name] for name in sorted(found, key=lambda name: name != "origin"))


_REMOTE = re.compile(r'\[remote "(.+)"\]', re.IGNORECASE)


def packed_ref(packed_refs: str, name: str) -> str | None:
    """The commit of a ref in `.git/packed-refs`."""
    for line in packed_refs.splitlines():
        commit, _, ref = line.partition(" ")
        if ref.strip() == name:
            return commit
    return None

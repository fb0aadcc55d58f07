"""A repository of the stand-in, with what both Hubs tell about it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.stand_in_hub.content import Content, Held

Files = list[tuple[str, Content]]  # a list: a hostile repository may name one path twice
_IN_LFS = (".gguf", ".safetensors", ".bin", ".mmproj")
_DATE = "2026-05-01T10:00:00.000Z"


@dataclass
class Repository:
    repo_id: str
    commits: dict[str, Files]
    branches: dict[str, str]
    gated: str | bool = False  # False, "auto", "manual"
    private: bool = False
    granted: tuple[str, ...] = ()  # tokens with access, where it is gated or private
    downloads: int = 0
    gguf: dict[str, Any] | None = None
    tags: tuple[str, ...] = ("gguf",)
    xet: bool = False

    @property
    def commit(self) -> str:
        return self.branches["main"]

    def resolve(self, revision: str) -> str | None:
        """The commit of a branch, a tag or a commit; ModelScope's default branch is master."""
        if revision == "master":
            revision = "main"
        revision = self.branches.get(revision, revision)
        return revision if revision in self.commits else None

    def content(self, commit: str, path: str) -> Content | None:
        return next((held for name, held in self.commits[commit] if name == path), None)


Given = Mapping[str, bytes | Content] | Iterable[tuple[str, bytes | Content]]


def as_files(given: Given) -> Files:
    pairs = given.items() if isinstance(given, Mapping) else given
    return [(path, Held(it) if isinstance(it, bytes) else it) for path, it in pairs]


def commit_of(repo_id: str, files: Files) -> str:
    text = repo_id + "".join(f"{path} {content.sha256}\n" for path, content in files)
    return hashlib.sha1(text.encode("utf-8", "surrogatepass")).hexdigest()


def in_lfs(path: str) -> bool:
    return path.endswith(_IN_LFS)


def pointer(content: Content) -> bytes:
    """The text that git keeps in place of an LFS file."""
    address = "https://git-lfs.github.com/spec/v1"
    return f"version {address}\noid sha256:{content.sha256}\nsize {content.size}\n".encode()


def git_sha1(path: str, content: Content) -> str:
    data = pointer(content) if in_lfs(path) else b"".join(content.read(0, content.size))
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def xet_hash(content: Content) -> str:
    return hashlib.sha256(b"xet " + content.sha256.encode()).hexdigest()


# What the Hub's API tells


def tree(repo: Repository, commit: str, folder: str, recursive: bool) -> list[dict[str, Any]]:
    prefix = f"{folder}/" if folder else ""
    entries, folders = [], set()
    for path, content in repo.commits[commit]:
        if not path.startswith(prefix):
            continue
        parts = path[len(prefix) :].split("/")
        for depth in range(1, len(parts) if recursive else min(2, len(parts))):
            folders.add(prefix + "/".join(parts[:depth]))
        if recursive or len(parts) == 1:
            entries.append(file_entry(repo, path, content))
    made = [
        {"type": "directory", "oid": _sha1(name), "size": 0, "path": name}
        for name in sorted(folders)
    ]
    return made + entries


def file_entry(repo: Repository, path: str, content: Content) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "file",
        "oid": git_sha1(path, content),
        "size": content.size,
        "path": path,
    }
    if in_lfs(path):
        entry["lfs"] = {
            "oid": content.sha256,
            "size": content.size,
            "pointerSize": len(pointer(content)),
        }
        if repo.xet:
            entry["xetHash"] = xet_hash(content)
    return entry


def model_info(repo: Repository, commit: str, blobs: bool) -> dict[str, Any]:
    owner = repo.repo_id.partition("/")[0]
    info: dict[str, Any] = {
        "_id": _sha1(repo.repo_id)[:24],
        "author": owner,
        "cardData": {"license": "apache-2.0"},
        "config": {},
        "createdAt": _DATE,
        "disabled": False,
        "downloads": repo.downloads,
        "gated": repo.gated,
        "id": repo.repo_id,
        "lastModified": _DATE,
        "library_name": "gguf",
        "likes": 0,
        "model-index": None,
        "modelId": repo.repo_id,
        "pipeline_tag": "text-generation",
        "private": repo.private,
        "sha": commit,
        "siblings": [_sibling(path, it, blobs) for path, it in repo.commits[commit]],
        "spaces": [],
        "tags": list(repo.tags),
        "usedStorage": sum(content.size for _, content in repo.commits[commit]),
    }
    if repo.gguf is not None:
        info["gguf"] = repo.gguf
    return info


def _sibling(path: str, content: Content, blobs: bool) -> dict[str, Any]:
    if not blobs:
        return {"rfilename": path}
    sibling = {"rfilename": path, "blobId": git_sha1(path, content), "size": content.size}
    if in_lfs(path):
        size = len(pointer(content))
        sibling["lfs"] = {"sha256": content.sha256, "size": content.size, "pointerSize": size}
    return sibling


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode("utf-8", "surrogatepass")).hexdigest()


# What ModelScope's API tells


def modelscope_files(repo: Repository, commit: str) -> list[dict[str, Any]]:
    return [
        {
            "Name": path.rpartition("/")[2],
            "Path": path,
            "Type": "blob",
            "Size": content.size,
            "Sha256": content.sha256,
            "IsLFS": in_lfs(path),
            "Mode": "33188",
            "Revision": _sha1(path + commit),  # each file has a commit of its own
            "CommittedDate": 1777629600,
            "CommitMessage": "Upload",
            "CommitterName": repo.repo_id.partition("/")[0],
            "InCheck": False,
        }
        for path, content in repo.commits[commit]
    ]

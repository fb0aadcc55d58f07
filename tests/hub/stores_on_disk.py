"""Writes the stores of other programs, as these leave them on the disk."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from tests.tiny_gguf import write_smallest
from yi_local.hub.library.file_book import FileBook
from yi_local.hub.library.library import Library, library
from yi_local.hub.stores.folders import Surroundings

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NEWER = "fedcba9876543210fedcba9876543210fedcba98"


def write_gguf(path: Path, number: int = 1) -> Path:
    """Models of different numbers differ in their headers; they were not written just now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_smallest(path, n_ctx_train=1024 * number)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def in_hub_cache(
    cache: Path,
    repo_id: str,
    filename: str,
    number: int = 1,
    commit: str = COMMIT,
    main: bool = True,
) -> Path:
    """One file, by a link to its blob; returns the link."""
    repo = cache / ("models--" + repo_id.replace("/", "--"))
    written = write_gguf(repo / "blobs" / "new", number)
    blob = written.with_name(sha256(written))
    os.replace(written, blob)
    link = repo / "snapshots" / commit / filename
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    if main:
        (repo / "refs").mkdir(exist_ok=True)
        (repo / "refs" / "main").write_text(commit)
    return link


def in_ollama(folder: Path, name: str, number: int = 1, **texts: str) -> Path:
    """`name`: library/llama3/8b, or with a host before it; returns the blob with the weights."""
    host, _, rest = name.rpartition("@")
    written = write_gguf(folder / "blobs" / "new", number)
    digest = sha256(written)
    blob = written.with_name(f"sha256-{digest}")
    os.replace(written, blob)
    layers = [layer("model", digest, blob.stat().st_size)]
    for kind, text in texts.items():
        digest = hashlib.sha256(text.encode()).hexdigest()
        (folder / "blobs" / f"sha256-{digest}").write_text(text)
        layers.append(layer(kind, digest, len(text)))
    manifest = folder / "manifests" / (host or "registry.ollama.ai") / rest
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers}))
    return blob


def layer(kind: str, digest: str, size: int) -> dict[str, Any]:
    media_type = f"application/vnd.ollama.image.{kind}"
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}


def pointer_text(content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    version = "version https://git-lfs.github.com/spec/v1"
    return f"{version}\noid sha256:{digest}\nsize {len(content)}\n"


def machine(home: Path, system: str = "linux", **environ: str) -> Surroundings:
    """Nothing of whoever runs the tests: the Hugging Face cache is in that home, too."""
    cache = {"HF_HUB_CACHE": str(home / ".cache" / "huggingface" / "hub")}
    return Surroundings(cache | environ, home, system)


def listed(here: Surroundings, *folders: Path) -> Library:
    return library(folders, here, FileBook(here.home / "book.json"))


def disk_bytes(folder: Path) -> int:
    """What the files and links below it take, each file once."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in (*files, *folders):
            stat = os.lstat(os.path.join(parent, name))
            if name in files or os.path.islink(os.path.join(parent, name)):
                found[stat.st_dev, stat.st_ino] = stat.st_blocks * 512
    return sum(found.values())

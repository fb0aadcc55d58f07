"""Reads the cache that llama.cpp had of its own.

Files lie side by side as `owner_repo_path.gguf`, with `<file>.json` (its address) or later
`<file>.etag`, and `manifest=owner=repo=tag.json`, the Hub's answer for a tag. Which underscore was
the slash cannot be told from the name alone. (common/arg.cpp and common/download.cpp of 2025)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from yi_local.hub.stores.groups import FileGroup, grouped, is_gguf
from yi_local.hub.stores.hub_layout import models_in_hub_layout
from yi_local.hub.stores.other_settings import read_json, read_small
from yi_local.hub.stores.stored_model import Origin, StoredModel
from yi_local.hub.stores.walk import Found, Walk, is_there, stored_file
from yi_local.language import tr

_ADDRESS = re.compile(r"/(?P<owner>[^/]+)/(?P<name>[^/]+)/resolve/[^/]+/(?P<path>.+)")
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')


@dataclass(frozen=True, slots=True)
class _Known:
    """Of one file in the cache."""

    repo_id: str | None = None
    path: str | None = None  # in the repository
    sha256: str | None = None


def llama_cpp_models(folder: Path) -> Found:
    """Its own files, and Hugging Face's layout where LLAMA_CACHE names such a folder."""
    if not is_there(folder):
        return Found()
    origin = Origin("llama.cpp", folder, "huggingface", why_not_delete=tr("llama.cpp keeps it."))
    walk = Walk(folder, lambda name: is_gguf(name) or name.startswith("manifest="), max_depth=0)
    paths = list(walk.files())
    manifests = _by_manifest([path for path in paths if path.name.endswith(".json")])
    models = [_model(group, manifests, origin) for group in grouped(paths)]
    hub = models_in_hub_layout(origin)
    # That folders lie in it is no news: they are Hugging Face's.
    skipped = [each for each in walk.skipped if each.path != folder or "deeper" not in each.why]
    return Found((*models, *hub.models), (*skipped, *hub.skipped))


def _model(group: FileGroup, manifests: Mapping[str, _Known], origin: Origin) -> StoredModel:
    known = [manifests.get(path.name) or _by_sidecar(path) for path in group.paths]
    first = known[0]
    filename = first.path or group.paths[0].name
    named = f"{first.repo_id}:{group.quant}" if group.quant else f"{first.repo_id}/{filename}"
    prefix = f"{first.repo_id}/".replace("/", "_")
    return StoredModel(
        name=named if first.repo_id else group.stem,
        filename=filename,
        files=tuple(
            stored_file(path, each.sha256) for path, each in zip(group.paths, known, strict=True)
        ),
        origin=replace(origin, repo_id=first.repo_id, source="huggingface")
        if first.repo_id
        else replace(origin, source=None),
        quant=group.quant,
        mmproj=tuple(stored_file(path) for path in group.mmproj if path.name.startswith(prefix)),
    )


def _by_sidecar(path: Path) -> _Known:
    record = read_json(path.with_name(path.name + ".json"))
    etag = record.get("etag") or _text(path.with_name(path.name + ".etag"))
    sha256 = _SHA256.fullmatch(etag.strip()) if isinstance(etag, str) else None
    url = record.get("url")
    address = _ADDRESS.fullmatch(_path_of(url)) if isinstance(url, str) else None
    return _Known(
        repo_id=f"{address['owner']}/{address['name']}" if address else None,
        path=address["path"] if address else None,
        sha256=sha256[1] if sha256 else None,
    )


def _path_of(url: str) -> str:
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return ""


def _text(path: Path) -> str:
    return (read_small(path) or b"").decode("utf-8", "replace")


def _by_manifest(manifests: list[Path]) -> dict[str, _Known]:
    """{name of the file in the cache: what the Hub said of it}"""
    found = {}
    for manifest in manifests:
        parts = manifest.name.removesuffix(".json").split("=")
        if len(parts) != 4:
            continue
        for repo_file in _repo_files(read_json(manifest)):
            known = _of_repo_file(f"{parts[1]}/{parts[2]}", repo_file)
            if known.path:
                flat = f"{known.repo_id}/{known.path}".replace("/", "_")
                found[flat] = known
    return found


def _repo_files(manifest: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key in ("ggufFile", "mmprojFile"):
        if isinstance(repo_file := manifest.get(key), dict):
            yield repo_file


def _of_repo_file(repo_id: str, repo_file: Mapping[str, Any]) -> _Known:
    path, lfs = repo_file.get("rfilename"), repo_file.get("lfs")
    sha256 = lfs.get("sha256") if isinstance(lfs, dict) else None
    return _Known(
        repo_id=repo_id,
        path=path if isinstance(path, str) else None,
        sha256=sha256 if isinstance(sha256, str) and _SHA256.fullmatch(sha256) else None,
    )

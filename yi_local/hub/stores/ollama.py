"""Reads Ollama's store: a manifest for each name, whose layers are blobs named by their sha256.

`manifests/<host>/<namespace>/<model>/<tag>` (server/modelpath.go, server/manifest.go); the layer
with the weights has the media type application/vnd.ollama.image.model.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yi_local.hub.stores.other_settings import read_json
from yi_local.hub.stores.stored_model import Origin, StoredFile, StoredModel
from yi_local.hub.stores.walk import Found, Walk, is_there, stored_file
from yi_local.language import tr

_HOST, _NAMESPACE = "registry.ollama.ai", "library"  # left out of names
_HUGGING_FACE = ("hf.co", "huggingface.co")
_LAYER = "application/vnd.ollama.image."
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")

_MANIFEST_DEPTH = 3  # folders below `manifests`


def ollama_models(folder: Path) -> Found:
    manifests = folder / "manifests"
    if not is_there(manifests):
        return Found()
    walk = Walk(manifests, lambda name: not name.startswith("."), max_depth=_MANIFEST_DEPTH)
    models = [model for path in walk.files() for model in _model(path, folder)]
    return Found(tuple(models), tuple(walk.skipped))


def _model(manifest: Path, folder: Path) -> Iterator[StoredModel]:
    """One; none where it names no weights (embeddings in the cloud, a broken manifest)."""
    parts = manifest.relative_to(folder / "manifests").parts
    if len(parts) != 4:
        return
    layers = list(_layers(read_json(manifest), folder / "blobs"))
    weights = [file for kind, file in layers if kind == "model"]
    if not weights:
        return
    host, namespace, model, tag = parts
    name = _name(host, namespace, model, tag)
    repo_id = f"{namespace}/{model}" if host in _HUGGING_FACE else None
    yield StoredModel(
        name=name,
        filename=f"{model}-{tag}.gguf",
        files=tuple(weights),
        origin=Origin(
            "Ollama",
            folder,
            "huggingface" if repo_id else None,
            repo_id,
            why_not_delete=tr("Ollama keeps it: ollama rm {name}", name=name),
        ),
        mmproj=tuple(file for kind, file in layers if kind == "projector"),
        layers=tuple((kind, file.path) for kind, file in layers if kind not in _WEIGHTS),
    )


_WEIGHTS = ("model", "projector")


def _layers(manifest: dict[str, Any], blobs: Path) -> Iterator[tuple[str, StoredFile]]:
    """(kind, blob) of each layer, in their order."""
    layers = manifest.get("layers")
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict):
            continue
        kind, digest = str(layer.get("mediaType")), _DIGEST.fullmatch(str(layer.get("digest")))
        if kind.startswith(_LAYER) and digest:
            yield kind.removeprefix(_LAYER), _blob(blobs, digest[1])


def _blob(blobs: Path, sha256: str) -> StoredFile:
    """Blobs had a colon in their names until version 0.1.17, outside Windows."""
    file = stored_file(blobs / f"sha256-{sha256}", sha256)
    if file.stamp is None:
        old = stored_file(blobs / f"sha256:{sha256}", sha256)
        return old if old.stamp else file
    return file


def _name(host: str, namespace: str, model: str, tag: str) -> str:
    """As `ollama list` shows it."""
    if host != _HOST:
        return f"{host}/{namespace}/{model}:{tag}"
    return f"{model}:{tag}" if namespace == _NAMESPACE else f"{namespace}/{model}:{tag}"

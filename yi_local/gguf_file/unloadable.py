"""Refuses files that no llama.cpp could run as a model, in words that say what to take instead."""

from yi_local.errors import CannotLoad
from yi_local.gguf_file.header import GgufHeader
from yi_local.gguf_file.quantization import REMOVED_TYPES
from yi_local.language import mark, tr

# general.type, or for files older than that key general.architecture
_NOT_MODELS = {
    "mmproj": mark("the vision part of a model (mmproj)"),
    "clip": mark("the vision part of a model (mmproj)"),
    "adapter": mark("a LoRA adapter"),
    "controlvector": mark("a control vector"),
    "imatrix": mark("an importance matrix for quantizing"),
}


def refuse_unloadable(header: GgufHeader) -> None:
    """Raises CannotLoad."""
    for kind in (header.text("general.type"), header.architecture):
        if kind in _NOT_MODELS:
            raise CannotLoad(
                tr("This file is {kind}, not a model.", kind=tr(_NOT_MODELS[kind])),
                tr("Load the model it belongs to."),
            )
    shard, shards = header.integer("split.no") or 0, header.integer("split.count") or 1
    if shard > 0 and shards > 1:
        raise CannotLoad(
            tr("This is part {shard} of {shards} of a model.", shard=shard + 1, shards=shards),
            tr(
                "Load its first part, the file with -00001-of-{shards:05d} in its name.",
                shards=shards,
            ),
        )
    if not header.tensors and shards == 1:  # a first part may hold the metadata alone
        raise CannotLoad(
            tr("This file holds a vocabulary without weights."),
            tr("Choose a file with the model itself."),
        )
    removed = {REMOVED_TYPES[t.ggml_type] for t in header.tensors if t.ggml_type in REMOVED_TYPES}
    if removed:
        successor = "IQ4_NL" if all(name.startswith("IQ4_NL") for name in removed) else "Q4_0"
        raise CannotLoad(
            tr(
                "This file is stored as {names}, a format that llama.cpp has dropped.",
                names=", ".join(sorted(removed)),
            ),
            tr(
                "Take the same model as {successor}: it is rearranged for your CPU while loading.",
                successor=successor,
            ),
        )

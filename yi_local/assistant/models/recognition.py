"""Which model of the catalogue a file is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yi_local.catalogue.model import Catalogue, Model
from yi_local.catalogue.recognise import FileFacts, for_file
from yi_local.errors import YiLocalError
from yi_local.gguf_file import GgufHeader, open_model

Overrides = tuple[tuple[str, bool | int | float | str], ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """`kv_overrides`: what the file says otherwise than the catalogue knows, put right.

    The engine finds most of it by itself, from the header alone; this is for what only the model's
    name tells.
    """

    model: Model | None = None
    kv_overrides: Overrides = ()


def recognise(path: Path, catalogue: Catalogue) -> Recognised:
    """By its header; nothing where that leaves a doubt or cannot be read: loading tells why."""
    try:
        with open_model(path) as opened:
            headers = opened.headers
    except YiLocalError:
        return Recognised()
    model = for_file(catalogue, facts_of(headers))
    if model is None:
        return Recognised()
    return Recognised(
        model,
        tuple(
            (key, value)
            for defect in catalogue.defects_of(model)
            for key, value in defect.kv_overrides.items()
            if headers[0].metadata.get(key) != value
        ),
    )


def facts_of(headers: Sequence[GgufHeader]) -> FileFacts:
    """Of all shards, the first one leading."""
    first = headers[0]
    architecture = first.architecture
    return FileFacts(
        name=first.text("general.name"),
        architecture=architecture,
        n_params=sum(tensor.n_elements for header in headers for tensor in header.tensors) or None,
        n_vocab=first.n_vocab,
        n_ctx_train=first.integer(f"{architecture}.context_length"),
        rope_freq_base=first.number(f"{architecture}.rope.freq_base"),
        rms_epsilon=first.number(f"{architecture}.attention.layer_norm_rms_epsilon"),
    )

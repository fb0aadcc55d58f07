"""All that is known of one model on this disk, from its headers, the catalogue, its places."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.assistant.models.recognition import facts_of
from yi_local.catalogue.model import Catalogue, Model
from yi_local.catalogue.recognise import for_file, for_sha256
from yi_local.engine.worker.examine import examine
from yi_local.gguf_file import GGML_TYPES, GgufHeader
from yi_local.gguf_file.tensors import bits_per_weight
from yi_local.hub.library.library import LibraryEntry
from yi_local.language import tr
from yi_local.types import Diagnosis

KEPT_ARRAYS = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")  # what `examine` reads
_NO_TEMPLATE = ("template-missing", "base-model")  # the diagnoses that say so


@dataclass(frozen=True, slots=True)
class TensorType:
    name: str
    n_tensors: int
    size_bytes: int | None  # None for a type we do not know


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    name: str | None  # general.name
    architecture: str | None
    n_params: int | None
    n_layer: int | None
    n_ctx_train: int | None
    n_vocab: int | None
    quant: str | None  # as the file declares it
    bits_per_weight: float | None
    tensor_types: tuple[TensorType, ...]  # the one with most bytes first
    licence: str | None  # general.license
    chat_template: str  # the one that is used
    own_template: bool  # False: the file has none, this one is ours
    diagnoses: tuple[Diagnosis, ...]


@dataclass(frozen=True, slots=True)
class ModelCard:
    entry: LibraryEntry
    facts: HeaderFacts | None  # None: its headers cannot be read, entry.trouble says why
    known: Model | None  # what the catalogue says


def model_card(
    entry: LibraryEntry, headers: Sequence[GgufHeader], catalogue: Catalogue
) -> ModelCard:
    """`headers`: of all shards, with KEPT_ARRAYS in the first; none where they cannot be read."""
    facts = header_facts(headers) if headers else None
    return ModelCard(entry, facts, _known(entry, headers, catalogue))


def header_facts(headers: Sequence[GgufHeader]) -> HeaderFacts:
    first = headers[0]
    told, examined = facts_of(headers), examine(first)
    return HeaderFacts(
        name=told.name,
        architecture=told.architecture,
        n_params=told.n_params,
        n_layer=first.integer(f"{told.architecture}.block_count"),
        n_ctx_train=told.n_ctx_train,
        n_vocab=told.n_vocab,
        quant=first.quant,
        bits_per_weight=bits_per_weight(t for header in headers for t in header.tensors),
        tensor_types=_tensor_types(headers),
        licence=first.text("general.license"),
        chat_template=examined.chat_template,
        own_template=not {d.name for d in examined.diagnoses} & set(_NO_TEMPLATE),
        diagnoses=examined.diagnoses,
    )


def _known(
    entry: LibraryEntry, headers: Sequence[GgufHeader], catalogue: Catalogue
) -> Model | None:
    """By its content, by its header, by the repository it came from: the surest first."""
    sha256s = entry.sha256s
    if len(sha256s) == 1 and sha256s[0] and (found := for_sha256(catalogue, sha256s[0])):
        return found[0]
    if headers and (model := for_file(catalogue, facts_of(headers))):
        return model
    repo_ids = [place.repo_id for place in entry.places if place.repo_id]
    models = (catalogue.by_repo(repo_id) for repo_id in repo_ids)
    return next((model for model in models if model is not None), None)


def _tensor_types(headers: Sequence[GgufHeader]) -> tuple[TensorType, ...]:
    counts: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    for header in headers:
        for tensor in header.tensors:
            counts[tensor.ggml_type] += 1
            sizes[tensor.ggml_type] += tensor.n_bytes or 0
    found = []
    for ggml_type in sorted(counts, key=lambda each: -sizes[each]):
        known = GGML_TYPES.get(ggml_type)
        name = known.name if known else tr("type {number}", number=ggml_type)
        size_bytes = sizes[ggml_type] if known else None
        found.append(TensorType(name, counts[ggml_type], size_bytes))
    return tuple(found)

"""Recognises a file on disk as a model of the catalogue, where its header leaves no doubt."""

import math
import re
from dataclasses import dataclass

from yi_local.catalogue.model import Catalogue, Model, ModelFile, Repo

_MAKERS = re.compile(r"^(01-?ai|01\.ai|hugging ?face(tb)?|nousresearch|ehartford)[\s/_-]+")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a header says; None where it does not."""

    name: str | None  # general.name
    architecture: str | None
    n_params: int | None
    n_vocab: int | None = None
    n_ctx_train: int | None = None
    rope_freq_base: float | None = None
    rms_epsilon: float | None = None


def for_file(catalogue: Catalogue, facts: FileFacts) -> Model | None:
    """The one model with this name and this number of parameters, and no fact against it.

    The name alone is not enough, and numbers alone are those of every model trained from Yi. Old
    converters wrote "LLaMA v2" into all files: those remain unknown.
    """
    if facts.name is None or facts.n_params is None:
        return None
    name = _bare(facts.name)
    found = [m for m in catalogue.models if name in _names(m) and _agrees(m, facts)]
    return found[0] if len(found) == 1 else None


def for_sha256(catalogue: Catalogue, sha256: str) -> tuple[Model, Repo, ModelFile] | None:
    """The file of the catalogue with this content: certain, whatever its name."""
    wanted = sha256.lower()
    for model in catalogue.models:
        for repo in model.repos:
            for file in repo.files:
                if file.sha256 == wanted:
                    return model, repo, file
    return None


def _names(model: Model) -> set[str]:
    return {_bare(name) for name in (model.id, model.name, *model.aliases)}


def _agrees(model: Model, facts: FileFacts) -> bool:
    """Each fact that both know is the same; the number of parameters must be known to both."""
    exact = (
        (model.architecture, facts.architecture),
        (model.n_vocab, facts.n_vocab),
        (model.n_ctx_train, facts.n_ctx_train),
    )
    stored_as_f32 = (
        (model.rope_freq_base, facts.rope_freq_base),
        (model.rms_epsilon, facts.rms_epsilon),
    )
    return (
        model.n_params == facts.n_params
        and all(one is None or other is None or one == other for one, other in exact)
        and all(
            one is None or other is None or math.isclose(one, other, rel_tol=1e-4)
            for one, other in stored_as_f32
        )
    )


def _bare(name: str) -> str:
    """Converters write "01-ai_Yi-6B-Chat", "Yi 6B Chat" and "yi-6b-chat"."""
    return re.sub(r"[\W_]+", "", _MAKERS.sub("", name.casefold().strip()))

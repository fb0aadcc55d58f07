"""What the catalogue says of a model; None where nobody knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from yi_local import language

Purpose = Literal["chat", "base", "code", "vision"]
Host = Literal["huggingface", "modelscope"]
Confidence = Literal["high", "medium", "low"]  # page read; named by others; only the name known
Override = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Licence:
    id: str  # SPDX, or "LicenseRef-..." for one that SPDX does not list
    url: str
    source: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the makers advise."""

    options: Mapping[str, int | float]  # fields of SamplingOptions
    source: str


@dataclass(frozen=True, slots=True)
class Defect:
    """A known defect of files; `name` is that of the loader's Diagnosis, where it finds it."""

    name: str
    explanation_en: str
    explanation_zh: str
    sources: tuple[str, ...]
    repair_en: str | None = None
    repair_zh: str | None = None
    kv_overrides: Mapping[str, Override] = field(default_factory=dict)

    @property
    def explanation(self) -> str:
        """In the language that is spoken."""
        return _spoken(self.explanation_en, self.explanation_zh)

    @property
    def repair(self) -> str | None:
        return self.repair_en and _spoken(self.repair_en, self.repair_zh)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One quantization; of several shards, the first."""

    quant: str  # "Q4_K_M"
    filename: str  # in its repository, folders included
    size_bytes: int | None = None  # as published, never estimated
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Repo:
    """Where GGUF files of a model are."""

    id: str  # "owner/name"
    host: Host
    source: str
    confidence: Confidence | None = None
    recommended: bool = False
    revision: str | None = None  # at which it was seen
    files: tuple[ModelFile, ...] = ()  # those known; a repository may hold more
    mmproj: tuple[str, ...] = ()  # file names of a vision model's second part
    defects: tuple[str, ...] = ()  # what its uploads are known for, beside the model's own
    remarks: tuple[str, ...] = ()

    def file(self, quant: str) -> ModelFile | None:
        return next((file for file in self.files if file.quant == quant.upper()), None)


@dataclass(frozen=True, slots=True)
class Model:
    id: str  # lower-case: "yi-1.5-6b-chat"
    name: str
    family: str
    purpose: Purpose
    summary_en: str  # one line
    licence: Licence
    sources: tuple[str, ...]
    summary_zh: str | None = None
    maker: str | None = None
    aliases: tuple[str, ...] = ()  # other names that its files give as general.name
    architecture: str | None = None
    n_params: int | None = None
    n_vocab: int | None = None
    n_ctx_train: int | None = None
    n_ctx_recommended: int | None = None  # where the whole window takes too much memory
    rope_freq_base: float | None = None
    rms_epsilon: float | None = None
    released: str | None = None  # "2024-05-13", "2024-05"
    knowledge_cutoff: str | None = None  # "2023-06"
    languages: tuple[str, ...] = ()  # ISO 639-1
    chat_template: str | None = None  # the family's name, as in the engine's known templates
    system_prompt: str | None = None  # the makers' own
    prompt_hint: str | None = None  # a form that a base model answers to
    stop: tuple[str, ...] = ()
    fim: str | None = None  # "experimental": it can fill in the middle
    sampling: Sampling | None = None
    original_huggingface: str | None = None  # repository of the unquantized weights
    original_modelscope: str | None = None
    defects: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    repos: tuple[Repo, ...] = ()

    @property
    def summary(self) -> str:
        """In the language that is spoken."""
        return _spoken(self.summary_en, self.summary_zh)

    @property
    def recommended_repo(self) -> Repo | None:
        """The one to take files from: the first, where none is marked."""
        return next((repo for repo in self.repos if repo.recommended), next(iter(self.repos), None))

    def repo(self, repo_id: str) -> Repo | None:
        """Upper and lower case are the same, as they are on both hosts."""
        wanted = repo_id.casefold()
        return next((repo for repo in self.repos if repo.id.casefold() == wanted), None)

    @property
    def repo_ids(self) -> frozenset[str]:
        """All its repositories, case-folded, those of the original weights among them."""
        originals = (self.original_huggingface, self.original_modelscope)
        found = [repo.id for repo in self.repos] + [name for name in originals if name]
        return frozenset(name.casefold() for name in found)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a catalogue file, in one sentence."""

    file: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        place = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    models: tuple[Model, ...]
    defects: Mapping[str, Defect]  # by name
    problems: tuple[Problem, ...] = ()

    def by_id(self, model_id: str) -> Model | None:
        wanted = model_id.casefold()
        return next((model for model in self.models if model.id == wanted), None)

    def by_repo(self, repo_id: str) -> Model | None:
        """The model that a repository holds, in GGUF or as original weights."""
        wanted = repo_id.casefold()
        return next((model for model in self.models if wanted in model.repo_ids), None)

    def defects_of(self, model: Model, repo: Repo | None = None) -> tuple[Defect, ...]:
        names = dict.fromkeys(model.defects + (repo.defects if repo else ()))
        return tuple(self.defects[name] for name in names if name in self.defects)


def _spoken(english: str, chinese: str | None) -> str:
    """English where nobody has written it in the language in use."""
    return chinese if chinese and language.spoken().startswith("zh") else english

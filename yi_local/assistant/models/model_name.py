"""What a person calls a model: a path, a catalogue id, a repository."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from yi_local.catalogue.model import Catalogue, Model
from yi_local.catalogue.suggest import suggest
from yi_local.errors import ModelNotFound, UsageError
from yi_local.gguf_file import quant_in_name
from yi_local.language import tr

DEMO = "demo"
Source = Literal["huggingface", "modelscope"]

_SCHEMES: dict[str, Source] = {"hf://": "huggingface", "ms://": "modelscope"}
_PAGES: dict[str, Source] = {
    "https://huggingface.co/": "huggingface",
    "https://www.modelscope.cn/models/": "modelscope",
    "https://modelscope.cn/models/": "modelscope",
}
# Names of the Hub and ModelScope: letters, digits, ".", "-", "_", up to 96 characters
_REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_ON_A_PAGE = re.compile(r"(?:blob|resolve|file/view)/(?P<revision>[^/]+)/(?P<path>.+)")


@dataclass(frozen=True, slots=True)
class PathName:
    """A file or folder; `path` as it was typed."""

    path: str


@dataclass(frozen=True, slots=True)
class RepoName:
    """A repository, and perhaps which of its models is meant."""

    source: Source
    repo_id: str
    quant: str | None = None  # "Q5_K_M"
    revision: str | None = None
    filename: str | None = None  # in the repository
    model: Model | None = None  # of the catalogue, where it was named by its id


ModelName = PathName | RepoName


def read_name(text: str, catalogue: Catalogue, exists: Callable[[str], bool]) -> ModelName:
    """`exists` tells whether a path is there: what is on this disk comes first.

    Raises ModelNotFound with suggestions for a word that is no name, UsageError for a quant that
    is none.
    """
    for prefix, source in (*_SCHEMES.items(), *_PAGES.items()):
        if text.lower().startswith(prefix):
            return _repo(source, text[len(prefix) :], text)
    if text == DEMO or exists(text):
        return PathName(text)
    name, quant = _split(text)
    model = catalogue.by_id(name.lower())
    if model is not None:
        return _of_catalogue(model, quant)
    if _REPO_ID.fullmatch(name) and not _is_file_name(name):
        known = catalogue.by_repo(name)
        return RepoName("huggingface", name, quant, model=known)
    if _looks_like_a_path(text):
        return PathName(text)
    raise unknown_name(text, catalogue)


def unknown_name(text: str, catalogue: Catalogue) -> ModelNotFound:
    near = tuple(dict.fromkeys((*suggest(catalogue, text.partition(":")[0]), *_like_demo(text))))
    hint = tr("Give the path of a .gguf file, a repository (owner/name), or: demo")
    if near:
        hint = tr("Did you mean {names}?", names=tr(" or ").join(near))
    return ModelNotFound(tr('There is no model "{name}".', name=text[:80]), hint)


def _of_catalogue(model: Model, quant: str | None) -> RepoName:
    repo = model.recommended_repo
    if repo is None:
        where = model.original_huggingface or model.original_modelscope
        raise ModelNotFound(
            tr("No GGUF repository of {name} is known.", name=model.name),
            tr("Its makers publish it as {where}; yi search may find a conversion.", where=where)
            if where
            else tr("yi search may find one."),
        )
    return RepoName(repo.host, repo.id, quant, model=model)


def _repo(source: Source, rest: str, text: str) -> RepoName:
    """owner/name, then perhaps @revision, a file or folder of a page, :quant."""
    rest, quant = _split(rest.split("?")[0].rstrip("/"))
    parts = rest.split("/", 2)
    name, _, revision = "/".join(parts[:2]).partition("@")
    if not _REPO_ID.fullmatch(name):
        raise UsageError(
            tr('"{name}" names no repository.', name=text), tr("They are called owner/name.")
        )
    filename = None
    if len(parts) > 2:
        page = _ON_A_PAGE.fullmatch(parts[2])
        filename = page["path"] if page else parts[2]
        revision = page["revision"] if page else revision
        quant = quant or quant_in_name(filename)
    is_file = filename is not None and _is_file_name(filename)
    return RepoName(source, name, quant, revision or None, filename if is_file else None)


def _split(text: str) -> tuple[str, str | None]:
    """What stands before the last colon, and the quant after it.

    A Windows drive has a colon too, but no quant follows it.
    """
    name, colon, quant = text.rpartition(":")
    if not colon or re.search(r"[\s/\\]", quant):
        return text, None
    known = quant_in_name(quant)
    if known is None or known != quant.upper():
        raise UsageError(
            tr('"{quant}" is no quantization.', quant=quant),
            tr("They are called Q4_K_M, Q5_K_M, Q8_0, IQ4_XS, ..."),
        )
    return name, known


def _is_file_name(name: str) -> bool:
    return name.lower().endswith(".gguf")


def _looks_like_a_path(text: str) -> bool:
    return "/" in text or "\\" in text or _is_file_name(text)


def _like_demo(text: str) -> tuple[str, ...]:
    from difflib import get_close_matches

    return (DEMO,) if get_close_matches(text.lower(), [DEMO], n=1, cutoff=0.5) else ()

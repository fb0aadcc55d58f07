"""All about one model, in rows of a label and a value that several faces show."""

from collections.abc import Iterator

from yi_local.assistant.card.model_card import HeaderFacts, ModelCard
from yi_local.assistant.models.place_words import program_of, short_path
from yi_local.catalogue.model import Model, Purpose
from yi_local.language import mark, tr
from yi_local.text import human_bytes, one_line
from yi_local.types import Diagnosis

Row = tuple[str, str]

_LANGUAGES = {"en": mark("English"), "zh": mark("Chinese")}

_PURPOSES: dict[Purpose, str] = {
    "chat": mark("chat"),
    "base": mark("base"),
    "code": mark("code"),
    "vision": mark("vision"),
}


def language_names(model: Model) -> str:
    names = [tr(_LANGUAGES.get(language, language)) for language in model.languages]
    return tr(", ").join(names)


def subtitle(card: ModelCard) -> str | None:
    """What it is, by the catalogue, else by its own name."""
    if card.known is not None:
        return f"{card.known.name}: {card.known.summary}"
    if card.facts is not None and card.facts.name:
        return tr('It calls itself "{name}".', name=one_line(card.facts.name)[:200])
    return None


def model_rows(facts: HeaderFacts, quant: str | None) -> Iterator[Row]:
    yield tr("architecture"), one_line(facts.architecture or tr("unknown"))
    yield tr("parameters"), _number(facts.n_params)
    yield tr("layers"), _number(facts.n_layer)
    yield tr("context"), tr("{n} tokens, as trained", n=_number(facts.n_ctx_train))
    yield tr("vocabulary"), tr("{n} tokens", n=_number(facts.n_vocab))
    bits = tr("unknown") if facts.bits_per_weight is None else f"{facts.bits_per_weight:.2f}"
    named = quant or tr("unknown")
    if facts.quant and facts.quant != quant:
        named = tr("{quant} (the file says {other})", quant=named, other=facts.quant)
    yield tr("quant"), tr("{quant}, {n} bits per weight", quant=one_line(named), n=bits)
    kinds = [
        tr(
            "{n} in {type} ({size})",
            n=f"{kind.n_tensors:,}",
            type=kind.name,
            size=human_bytes(kind.size_bytes),
        )
        for kind in facts.tensor_types
    ]
    yield tr("tensors"), tr(", ").join(kinds)


def use_rows(card: ModelCard) -> Iterator[Row]:
    known, facts = card.known, card.facts
    if known is not None:
        yield tr("made for"), tr(_PURPOSES[known.purpose])
        yield tr("languages"), language_names(known) or tr("unknown")
        yield tr("licence"), f"{known.licence.id} {known.licence.url}"
    said = facts.licence if facts else None
    if said and (known is None or said.casefold() != known.licence.id.casefold()):
        claim = tr("{licence}, the file says", licence=one_line(said)[:200])
        yield tr("licence") if known is None else "", claim
    elif known is None:
        yield tr("licence"), tr("unknown")
    if known is not None and known.sampling is not None:
        options = ", ".join(f"{name} {value}" for name, value in known.sampling.options.items())
        yield tr("sampling"), tr("{options} (its makers' advice)", options=options)
    for remark in known.remarks if known else ():
        yield "", remark


def file_rows(card: ModelCard) -> Iterator[Row]:
    entry = card.entry
    size = entry.size_bytes
    told = human_bytes(size)
    if size is not None:
        told = tr("{size} ({n} bytes)", size=told, n=f"{size:,}")
    yield tr("size"), told
    for sha256 in entry.sha256s:
        yield "sha256", sha256 or tr("not measured yet: yi verify")
    for origin in dict.fromkeys((p.origin.source, p.repo_id, p.commit) for p in entry.places):
        source, repo_id, commit = origin
        if repo_id:
            whence = f"{one_line(repo_id)} ({source or tr('source unknown')})"
            if commit:
                whence = tr("{repo}, commit {commit}", repo=whence, commit=one_line(commit))
            yield tr("from"), whence
    for place in entry.places:
        for path in place.paths:
            yield program_of(place), short_path(path)
        for file in place.mmproj:
            yield tr("vision part"), short_path(file.path)
    for path in entry.may_equal:
        yield tr("maybe the same"), short_path(path)


def defect_line(diagnosis: Diagnosis) -> str:
    """What is wrong, and what is done about it."""
    repair = one_line(diagnosis.repair or "")
    return f"{one_line(diagnosis.explanation)} {repair} ({diagnosis.name})"


def _number(value: int | None) -> str:
    return tr("unknown") if value is None else f"{value:,}"

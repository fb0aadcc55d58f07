"""All about one model, as plain text for people, as JSON for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from yi_local.assistant.model_card import HeaderFacts, ModelCard
from yi_local.catalogue.model import Model
from yi_local.cli.places_report import entry_json, one_line, program_of, short_path
from yi_local.text import human_bytes, wrapped

Row = tuple[str, str]

_INDENT = "  "
_LABEL = 16  # columns, with the gap
_TEMPLATE_LINES = 3  # of the template, before --template is needed
_LANGUAGES = {"en": "English", "zh": "Chinese"}


def card_text(card: ModelCard, columns: int) -> str:
    parts = [_title(card, columns)]
    if card.facts is not None:
        parts.append(_section("Model", _model(card.facts, card.entry.quant), columns))
        parts.append(_template(card, columns))
    if card.known is not None or card.facts is not None:
        parts.append(_section("Use", _use(card), columns))
    parts.append(_section("File", _file(card), columns))
    if card.facts is not None:
        parts.append(_defects(card.facts, columns))
    return "\n".join(filter(None, parts))


def card_json(card: ModelCard) -> str:
    facts, known = card.facts, card.known
    found = entry_json(card.entry) | {
        "header": asdict(facts) if facts else None,
        "catalogue": _known_json(known) if known else None,
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _known_json(known: Model) -> dict[str, Any]:
    return {
        "id": known.id,
        "name": known.name,
        "purpose": known.purpose,
        "summary": known.summary_en,
        "languages": list(known.languages),
        "licence": asdict(known.licence),
        "sampling": dict(known.sampling.options) if known.sampling else None,
        "remarks": list(known.remarks),
    }


def _title(card: ModelCard, columns: int) -> str:
    lines = [one_line(card.entry.name)]
    if card.known is not None:
        lines.append(f"{_INDENT}{card.known.name}: {card.known.summary_en}")
    elif card.facts is not None and card.facts.name:
        lines.append(f'{_INDENT}It calls itself "{one_line(card.facts.name)[:200]}".')
    return "".join(wrapped(line, columns, indent=_INDENT) + "\n" for line in lines)


def _model(facts: HeaderFacts, quant: str | None) -> Iterator[Row]:
    yield "architecture", one_line(facts.architecture or "unknown")
    yield "parameters", _number(facts.n_params)
    yield "layers", _number(facts.n_layer)
    yield "context", f"{_number(facts.n_ctx_train)} tokens, as trained"
    yield "vocabulary", f"{_number(facts.n_vocab)} tokens"
    bits = "unknown" if facts.bits_per_weight is None else f"{facts.bits_per_weight:.2f}"
    named = quant or "unknown"
    if facts.quant and facts.quant != quant:
        named += f" (the file says {facts.quant})"
    yield "quant", f"{one_line(named)}, {bits} bits per weight"
    yield (
        "tensors",
        ", ".join(
            f"{kind.n_tensors:,} in {kind.name} ({human_bytes(kind.size_bytes)})"
            for kind in facts.tensor_types
        ),
    )


def _template(card: ModelCard, columns: int) -> str:
    """Which one, with its first lines; it is the file's text, cut to the screen."""
    facts = card.facts
    if facts is None:
        return ""
    family = f" ({card.known.chat_template})" if card.known and card.known.chat_template else ""
    whose = "the file's own" if facts.own_template else "ours, for the file has none"
    lines = facts.chat_template.splitlines()
    first = [one_line(line)[: columns - 4] for line in lines[:_TEMPLATE_LINES]]
    more = len(lines) > _TEMPLATE_LINES or any(len(line) > columns - 4 for line in lines)
    told = "; --template shows all of it" if more else ""
    head = f"Chat template{family}: {whose}, {len(facts.chat_template):,} characters{told}"
    shown = [wrapped(head, columns, indent=_INDENT), *(f"    {line}" for line in first)]
    return "\n".join(shown) + "\n"


def _use(card: ModelCard) -> Iterator[Row]:
    known, facts = card.known, card.facts
    if known is not None:
        yield "made for", known.purpose
        names = [_LANGUAGES.get(language, language) for language in known.languages]
        yield "languages", ", ".join(names) or "unknown"
        yield "licence", f"{known.licence.id} {known.licence.url}"
    said = facts.licence if facts else None
    if said and (known is None or said.casefold() != known.licence.id.casefold()):
        yield "licence" if known is None else "", f"{one_line(said)[:200]}, the file says"
    elif known is None:
        yield "licence", "unknown"
    if known is not None and known.sampling is not None:
        options = ", ".join(f"{name} {value}" for name, value in known.sampling.options.items())
        yield "sampling", f"{options} (its makers' advice)"
    for remark in known.remarks if known else ():
        yield "", remark


def _file(card: ModelCard) -> Iterator[Row]:
    entry = card.entry
    size = entry.size_bytes
    yield "size", human_bytes(size) + (f" ({size:,} bytes)" if size is not None else "")
    for sha256 in entry.sha256s:
        yield "sha256", sha256 or "not measured yet: yi verify"
    for origin in dict.fromkeys((p.origin.source, p.repo_id, p.commit) for p in entry.places):
        source, repo_id, commit = origin
        if repo_id:
            at = f", commit {one_line(commit)}" if commit else ""
            yield "from", f"{one_line(repo_id)} ({source or 'source unknown'}){at}"
    for place in entry.places:
        for path in place.paths:
            yield program_of(place), short_path(path)
        for file in place.mmproj:
            yield "vision part", short_path(file.path)
    for path in entry.may_equal:
        yield "maybe the same", short_path(path)


def _defects(facts: HeaderFacts, columns: int) -> str:
    if not facts.diagnoses:
        return "No known defects.\n"
    lines = [
        f"{_INDENT}- {one_line(each.explanation)} {one_line(each.repair or '')} ({each.name})"
        for each in facts.diagnoses
    ]
    body = "".join(wrapped(line, columns, indent="    ") + "\n" for line in lines)
    return f"Known defects, and what is done about them\n{body}"


def _section(title: str, rows: Iterator[Row], columns: int) -> str:
    lines = [title]
    for label, value in rows:
        first = f"{_INDENT}{label}".ljust(_LABEL + len(_INDENT) - 1) + " "
        text = wrapped(value, columns - len(first), indent="")
        lines.append(first + text.replace("\n", "\n" + " " * len(first)))
    return "\n".join(lines) + "\n"


def _number(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"

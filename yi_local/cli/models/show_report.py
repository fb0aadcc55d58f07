"""All about one model, as plain text for people, as JSON for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from yi_local.assistant.card.card_words import (
    Row,
    defect_line,
    file_rows,
    model_rows,
    subtitle,
    use_rows,
)
from yi_local.assistant.card.model_card import HeaderFacts, ModelCard
from yi_local.catalogue.model import Model
from yi_local.cli.models.places_report import entry_json
from yi_local.language import tr
from yi_local.text import cut, one_line, padded, width_of, wrapped

_INDENT = "  "
_LABEL = 16  # columns, with the gap
_TEMPLATE_LINES = 3  # of the template, before --template is needed


def card_text(card: ModelCard, columns: int) -> str:
    parts = [_title(card, columns)]
    if card.facts is not None:
        parts.append(_section(tr("Model"), model_rows(card.facts, card.entry.quant), columns))
        parts.append(_template(card, columns))
    if card.known is not None or card.facts is not None:
        parts.append(_section(tr("Use"), use_rows(card), columns))
    parts.append(_section(tr("File"), file_rows(card), columns))
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
    if (told := subtitle(card)) is not None:
        lines.append(_INDENT + told)
    return "".join(wrapped(line, columns, indent=_INDENT) + "\n" for line in lines)


def _template(card: ModelCard, columns: int) -> str:
    """Which one, with its first lines; it is the file's text, cut to the screen."""
    facts = card.facts
    if facts is None:
        return ""
    family = card.known.chat_template if card.known else None
    lines = facts.chat_template.splitlines()
    first = [cut(one_line(line), columns - 4) for line in lines[:_TEMPLATE_LINES]]
    head = tr(
        "{title}: {whose}, {n} characters",
        title=tr("Chat template ({name})", name=family) if family else tr("Chat template"),
        whose=tr("the file's own") if facts.own_template else tr("ours, for the file has none"),
        n=f"{len(facts.chat_template):,}",
    )
    if len(lines) > _TEMPLATE_LINES or any(width_of(line) > columns - 4 for line in lines):
        head = tr("{told}; --template shows all of it", told=head)
    shown = [wrapped(head, columns, indent=_INDENT), *(f"    {line}" for line in first)]
    return "\n".join(shown) + "\n"


def _defects(facts: HeaderFacts, columns: int) -> str:
    if not facts.diagnoses:
        return tr("No known defects.") + "\n"
    lines = [f"{_INDENT}- {defect_line(each)}" for each in facts.diagnoses]
    body = "".join(wrapped(line, columns, indent="    ") + "\n" for line in lines)
    return tr("Known defects, and what is done about them") + f"\n{body}"


def _section(title: str, rows: Iterator[Row], columns: int) -> str:
    lines, told = [title], list(rows)
    widest = max([_LABEL - 2, *(width_of(label) for label, _ in told)]) + 2
    for label, value in told:
        first = _INDENT + padded(label, widest)
        text = wrapped(value, columns - width_of(first), indent="")
        lines.append(first + text.replace("\n", "\n" + " " * width_of(first)))
    return "\n".join(lines) + "\n"

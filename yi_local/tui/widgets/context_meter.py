"""How full the context is, part by part, in characters that differ without colour."""

from collections.abc import Iterator
from dataclasses import dataclass

from textual.content import Content

from yi_local.assistant.talk.window import Meter
from yi_local.language import mark, tr

_FREE = "."


@dataclass(frozen=True, slots=True)
class MeterPart:
    name: str  # marked
    glyph: str  # ASCII: one column in every terminal
    style: str
    tokens: int


def parts_of(meter: Meter) -> tuple[MeterPart, ...]:
    """In the order in which they stand in the context; what is free comes last."""
    return (
        MeterPart(mark("System prompt"), "#", "$secondary", meter.system_tokens),
        MeterPart(mark("Documents"), "%", "$warning", meter.document_tokens),
        MeterPart(mark("Conversation"), "=", "$primary", meter.turn_tokens),
        MeterPart(mark("Answer"), "+", "$accent", meter.answer_tokens),
        MeterPart(mark("Free"), _FREE, "$foreground-muted", max(meter.free_tokens, 0)),
    )


def bar(meter: Meter, width: int) -> Content:
    """`[##===+....]`; a part that is there has a character at least, what is free one too."""
    cells = _cells([part.tokens for part in parts_of(meter)], width - 2)
    pieces = [
        Content.styled(part.glyph * count, part.style)
        for part, count in zip(parts_of(meter), cells, strict=True)
    ]
    return Content.assemble("[", *pieces, "]")


def _cells(tokens: list[int], width: int) -> list[int]:
    """Shares of the width that add up to it, none of what is there being nothing."""
    total = sum(tokens) or 1
    cells = [max(round(each * width / total), 1) if each else 0 for each in tokens]
    while sum(cells) != width:
        widest = max(range(len(cells)), key=lambda n: cells[n])
        cells[widest] += 1 if sum(cells) < width else -1
    return cells


def in_words(meter: Meter) -> str:
    values = {"used": f"{meter.used_tokens:,}", "all": f"{meter.n_ctx:,}"}
    if meter.estimated:
        return tr("about {used} of {all} tokens", **values)
    return tr("{used} of {all} tokens", **values)


def in_short(meter: Meter) -> str:
    return f"{share_of(meter.used_tokens, meter)}%"


def share_of(tokens: int, meter: Meter) -> int:
    return round(100 * tokens / meter.n_ctx) if meter.n_ctx else 0


def table(meter: Meter) -> Iterator[tuple[MeterPart, str, str]]:
    """Each part with its tokens and its share, as text."""
    for part in parts_of(meter):
        yield part, f"{part.tokens:,}", f"{share_of(part.tokens, meter)}%"

"""All about one model on this machine."""

from collections.abc import Iterable

from textual.containers import VerticalScroll
from textual.widget import Widget

from yi_local.assistant.card.card_words import (
    defect_line,
    file_rows,
    model_rows,
    subtitle,
    use_rows,
)
from yi_local.assistant.card.model_card import ModelCard
from yi_local.language import tr
from yi_local.text import one_line
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.widgets.models.facts import Facts, Line


class ModelDetails(Dialog[None]):
    DEFAULT_CSS = """
    ModelDetails VerticalScroll { height: 1fr; }
    """
    HIGH = True

    def __init__(self, card: ModelCard) -> None:
        super().__init__(one_line(card.entry.name))
        self._card = card

    def body(self) -> Iterable[Widget]:
        yield VerticalScroll(Facts(id="card"))

    def on_mount(self) -> None:
        self.query_one(Facts).show(card_lines(self._card))
        self.query_one(VerticalScroll).focus()

    def confirm(self) -> None:
        self.dismiss(None)


def card_lines(card: ModelCard) -> list[Line]:
    """As `yi show` tells it."""
    lines: list[Line] = []
    if (told := subtitle(card)) is not None:
        lines.append(told)
    if card.entry.trouble is not None:
        lines += [one_line(card.entry.trouble), one_line(card.entry.hint or "")]
    if card.facts is not None:
        lines += ["", "# " + tr("Model"), *model_rows(card.facts, card.entry.quant)]
    if card.facts is not None or card.known is not None:
        lines += ["", "# " + tr("Use"), *use_rows(card)]
    lines += ["", "# " + tr("File"), *file_rows(card)]
    if card.facts is not None:
        lines += ["", *defect_lines(card)]
    return lines


def defect_lines(card: ModelCard) -> list[Line]:
    if card.facts is None:
        return []
    if not card.facts.diagnoses:
        return [tr("No known defects.")]
    title = "# " + tr("Known defects, and what is done about them")
    return [title, *(f"- {defect_line(each)}" for each in card.facts.diagnoses)]

"""What fills the context, part by part."""

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from yi_local.assistant.talk.window import Meter
from yi_local.language import tr
from yi_local.text import padded, width_of
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.widgets.context_meter import bar, in_words, table

_BAR = 48  # columns


class MeterDialog(Dialog[None]):
    DEFAULT_CSS = """
    MeterDialog Static { height: auto; padding: 1 0 0 0; }
    """

    def __init__(self, meter: Meter) -> None:
        super().__init__(tr("Context"))
        self._meter = meter

    def body(self) -> Iterable[Widget]:
        yield Static(bar(self._meter, _BAR))
        yield Static(self._table())
        yield Static(Content(in_words(self._meter)))
        if self._meter.estimated:
            text = tr("These are estimates: the model counts once it is loaded.")
            yield Static(Content(text), classes="remark")

    def _table(self) -> Content:
        rows = [(part, tr(part.name), tokens, share) for part, tokens, share in table(self._meter)]
        widths = [max(map(width_of, column)) for column in list(zip(*rows, strict=True))[1:]]
        lines = [
            Content.assemble(
                (part.glyph, part.style),
                f" {padded(name, widths[0])}  {tokens.rjust(widths[1])}  {share.rjust(widths[2])}",
            )
            for part, name, tokens, share in rows
        ]
        return Content("\n").join(lines)

    def confirm(self) -> None:
        self.dismiss(None)

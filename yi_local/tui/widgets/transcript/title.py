"""The first line of a message: who speaks at the left, what it took at the right."""

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.widgets.transcript.entry import Entry

_GAP = 2  # columns


class Title(Widget):
    """What stands at the right goes where there is no room for it."""

    DEFAULT_CSS = """
    Title { height: 1; }
    """

    def __init__(self, left: Content, right: str = "") -> None:
        super().__init__()
        self._left, self._right = left, right

    def show(self, left: Content, right: str = "") -> None:
        self._left, self._right = left, right
        self.refresh()

    def render(self) -> RenderResult:
        right = Content.styled(self._right, "$foreground-muted")
        room = self.size.width - self._left.cell_length - right.cell_length
        if room < _GAP:
            return self._left
        return Content.assemble(self._left, " " * room, right)


def speaker(who: str, style: str, entry: Entry) -> Content:
    """Who speaks, which version of the message it is, whether it is pinned."""
    parts = [Content.styled(clean(who), style)]
    if entry.version:
        parts.append(Content.styled(entry.version, "$foreground-muted"))
    if entry.node.pinned:
        parts.append(Content.styled(tr("pinned"), "$warning"))
    return Content("  ").join(parts)

"""Facts with their labels, and lines of text, wrapped to the width there is."""

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from yi_local.text import clean, cut, padded, width_of, wrapped

Line = str | tuple[str, str]  # a line, or a label and its value

_WIDEST_LABEL = 16  # columns


class Facts(Static):
    """`lines`: what begins with "# " is a title. Cleaned, and never markup."""

    DEFAULT_CSS = """
    Facts { height: auto; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self._lines: tuple[Line, ...] = ()

    def show(self, lines: Iterable[Line]) -> None:
        self._lines = tuple(lines)
        self._write()

    def on_resize(self, event: Resize) -> None:
        self._write()

    def _write(self) -> None:
        width = max(self.content_size.width, 20)
        self.update(Content("\n").join(_laid_out(self._lines, width)))


def _laid_out(lines: Sequence[Line], width: int) -> list[Content]:
    labels = [width_of(line[0]) for line in lines if not isinstance(line, str)]
    wide = min(max(labels, default=0), _WIDEST_LABEL) + 2
    found = []
    for line in lines:
        if isinstance(line, str):
            is_title = line.startswith("# ")
            text = _fitted(clean(line.removeprefix("# ")), width)
            found.append(Content.styled(text, "bold") if is_title else Content(text))
        else:
            label, value = line
            text = _fitted(clean(value), width - wide).replace("\n", "\n" + " " * wide)
            found.append(Content.assemble((padded(clean(label), wide), "dim"), text))
    return found


def _fitted(text: str, width: int) -> str:
    """A path that is longer than a line is broken anywhere."""
    lines = []
    for line in wrapped(text, width).split("\n"):
        while width_of(line) > width > 1:
            head = cut(line, width)
            lines.append(head)
            line = line[len(head) :]
        lines.append(line)
    return "\n".join(lines)

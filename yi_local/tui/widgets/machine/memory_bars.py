"""The memory of devices as bars, each part by a glyph of its own and with its number."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from yi_local.assistant.planning.memory_picture import Bar, Part, columns
from yi_local.language import mark, tr
from yi_local.planner.margins import CPU
from yi_local.planner.sizes import memory_size
from yi_local.text import clean

_INDENT = 2
_GAP = 3  # columns between two parts of a legend
_WIDEST = 100  # columns: a longer bar tells no more
_NO_WIDTH = 80  # before the first layout


class Look(NamedTuple):
    """The glyph alone tells a part from the others; the colour only helps."""

    glyph: str
    name: str
    style: str


LOOKS: dict[Part, Look] = {
    "others": Look("▚", mark("other programs"), "$foreground-muted"),
    "weights": Look("█", mark("weights"), "$primary"),
    "kv-cache": Look("▓", mark("KV cache"), "$accent"),
    "compute": Look("▒", mark("compute"), "$warning"),
    "process": Look("░", mark("process"), "$secondary"),
    "shared": Look("▞", mark("taken by the GPU"), "$secondary"),
    "free": Look("·", mark("free"), "$foreground-muted"),
    "margin": Look("-", mark("kept free"), "$foreground-muted"),
    "missing": Look("!", mark("missing"), "$error"),
}


class MemoryBars(Widget):
    """As high as it needs to be; nothing where there is nothing to show."""

    DEFAULT_CSS = """
    MemoryBars {
        height: auto;
        width: 100%;
    }
    """

    def __init__(self, bars: Sequence[Bar] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bars = tuple(bars)

    @property
    def bars(self) -> tuple[Bar, ...]:
        return self._bars

    def show(self, bars: Sequence[Bar]) -> None:
        if tuple(bars) != self._bars:
            self._bars = tuple(bars)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> RenderResult:
        return Content("\n").join(self._lines(self.content_size.width or _NO_WIDTH))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for number, bar in enumerate(self._bars):
            lines += [Content("")] if number else []
            lines.append(_heading(bar).truncate(width, ellipsis=True))
            lines.append(_drawn(bar, min(width - _INDENT, _WIDEST)))
            lines += _legend(bar, width - _INDENT)
        return lines


def _heading(bar: Bar) -> Content:
    name = tr("RAM") if bar.device == CPU else f"{bar.device}  {bar.description}"
    heading = Content.styled(clean(name), "b")
    if bar.free_bytes is None:
        return heading + Content("  " + tr("nobody knows how much is free"))
    if bar.total_bytes is None:
        return heading + Content("  " + tr("{free} free", free=memory_size(bar.free_bytes)))
    return heading + Content(
        "  "
        + tr(
            "{free} of {total} free before loading",
            free=memory_size(bar.free_bytes),
            total=memory_size(bar.total_bytes),
        )
    )


def _drawn(bar: Bar, width: int) -> Content:
    parts = [
        Content.styled(LOOKS[part].glyph * count, LOOKS[part].style)
        for part, count in columns(bar, width)
    ]
    return Content(" " * _INDENT) + Content("").join(parts)


def _legend(bar: Bar, width: int) -> list[Content]:
    """Entries are never broken; as many on a line as it holds."""
    lines: list[Content] = []
    room = 0
    for entry in _entries(bar):
        if lines and entry.cell_length + _GAP <= room:
            lines[-1] = lines[-1] + Content(" " * _GAP) + entry
            room -= entry.cell_length + _GAP
        else:
            lines.append(Content(" " * _INDENT) + entry)
            room = width - entry.cell_length
    return lines


def _entries(bar: Bar) -> Iterator[Content]:
    sizes = [(share.part, share.size_bytes) for share in bar.shares]
    if bar.missing_bytes:
        sizes.append(("missing", bar.missing_bytes))
    for part, size in sizes:
        look = LOOKS[part]
        style = f"b {look.style}" if part == "missing" else ""
        text = f" {tr(look.name)} {memory_size(size)}"
        yield Content.styled(look.glyph, look.style) + Content.styled(text, style)

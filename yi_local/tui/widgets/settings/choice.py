"""One of several values in one line: label and value, changed by the arrows or Enter."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click

from yi_local.language import mark, tr
from yi_local.text import cut, padded, width_of
from yi_local.tui.widgets.machine.step_slider import Step, StepSlider

LABEL_WIDTH = 30  # columns; longer labels push their value to the right
_LEAST_VALUE = 8  # columns


class Choice(StepSlider):
    """A slider without a track; from the last value it goes on to the first."""

    DEFAULT_CSS = """
    Choice { width: 100%; height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "next", mark("Change")),
    ]

    def __init__(self, label: str, *, id: str, label_width: int = LABEL_WIDTH) -> None:
        super().__init__(label, id=id, label_width=label_width, value_width=0)

    def action_next(self) -> None:
        if self._steps:
            self._move((self.place + 1) % len(self._steps))

    def on_click(self, event: Click) -> None:
        self.action_next()

    def render(self) -> RenderResult:
        value = self._steps[self.place].label if self._steps else ""
        return choice_line(
            self._label,
            value,
            self.size.width,
            is_current=self.has_focus,
            label_width=self._label_width,
        )


def choice_line(
    label: str, value: str, width: int, *, is_current: bool, label_width: int = LABEL_WIDTH
) -> Content:
    """Where it is narrow, the value moves to the left, and then loses its end."""
    marked = "▸ " if is_current else "  "
    style = "b $accent" if is_current else ""
    room = width - width_of(f"{marked} ‹  ›")
    most = max(room - width_of(label), _LEAST_VALUE)
    if width_of(value) > most:
        value = cut(value, most - 2).rstrip() + ".."
    label = padded(label, min(label_width, room - width_of(value))) + " "
    return Content.assemble((marked + label, style), (f"‹ {value} ›", style))


def yes_or_no() -> Sequence[Step]:
    return [Step("no", tr("no")), Step("yes", tr("yes"))]

"""A slider over given steps: arrows, home and end, a click on its track."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from yi_local.language import mark
from yi_local.text import padded, width_of

_MARK = "▸ "  # before the one that has the focus
_LEAST_TRACK = 5


@dataclass(frozen=True, slots=True)
class Step:
    value: int | str | None
    label: str  # as it is shown


class StepSlider(Widget, can_focus=True):
    """Tells `Moved` for what a person does, not for what the program sets."""

    DEFAULT_CSS = """
    StepSlider {
        height: 1;
        width: 100%;
        max-width: 102;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", mark("Less")),
        Binding("right", "step(1)", mark("More")),
        Binding("home", "first", mark("Least"), show=False),
        Binding("end", "last", mark("Most"), show=False),
    ]

    place: reactive[int] = reactive(0)

    @dataclass
    class Moved(Message):
        slider: "StepSlider"

        @property
        def control(self) -> "StepSlider":
            return self.slider

    def __init__(self, label: str, *, id: str, label_width: int, value_width: int) -> None:
        super().__init__(id=id)
        self._label, self._label_width, self._value_width = label, label_width, value_width
        self._steps: tuple[Step, ...] = ()

    @property
    def value(self) -> int | str | None:
        return self._steps[self.place].value if self._steps else None

    def offer(self, steps: Sequence[Step], value: int | str | None) -> None:
        """Other steps; `value` or what is nearest to it is where it stands."""
        self._steps = tuple(steps)
        self.stand_at(value)
        self.refresh()

    def stand_at(self, value: int | str | None) -> None:
        self.set_reactive(StepSlider.place, self._nearest(value))
        self.refresh()

    def action_step(self, by: int) -> None:
        self._move(self.place + by)

    def action_first(self) -> None:
        self._move(0)

    def action_last(self) -> None:
        self._move(len(self._steps) - 1)

    def on_click(self, event: Click) -> None:
        begin, width = self._track()
        if self._steps and width and event.x >= begin:
            self._move(round((event.x - begin) * (len(self._steps) - 1) / max(1, width - 1)))

    def render(self) -> RenderResult:
        _, width = self._track()
        marked = _MARK if self.has_focus else " " * len(_MARK)
        value = self._steps[self.place].label if self._steps else ""
        style = "b $accent" if self.has_focus else ""
        track = self._drawn(width) if width else ""
        return Content.assemble(
            (marked + padded(self._label, self._label_width), style),
            (padded(f"‹ {value} ›", self._value_width + 5), style),
            (track, "$primary" if self.has_focus else "$foreground-muted"),
        )

    def _drawn(self, width: int) -> str:
        last = len(self._steps) - 1
        knob = round(self.place * (width - 1) / last) if last > 0 else 0
        return "─" * knob + "●" + "─" * (width - knob - 1)

    def _track(self) -> tuple[int, int]:
        """Where it begins, and how wide it is; 0 where there is no room."""
        begin = len(_MARK) + max(self._label_width, width_of(self._label)) + self._value_width + 5
        room = self.content_size.width - begin
        return begin, room if room >= _LEAST_TRACK and self._steps else 0

    def _move(self, place: int) -> None:
        place = max(0, min(place, len(self._steps) - 1))
        if self._steps and place != self.place:
            self.place = place
            self.post_message(self.Moved(self))

    def _nearest(self, value: int | str | None) -> int:
        values = [step.value for step in self._steps]
        if value in values:
            return values.index(value)
        numbers = [(abs(v - value), i) for i, v in enumerate(values)
                   if isinstance(v, int) and isinstance(value, int)]  # fmt: skip
        return min(numbers)[1] if numbers else 0

"""One line about the conversation: who answers, on what, how full the context is, how fast."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import RenderResult
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from yi_local.assistant.talk.window import Meter
from yi_local.language import tr
from yi_local.text import clean, cut, width_of
from yi_local.tui.widgets.context_meter import bar, in_short, in_words

_GAP = Content("  ")
_BARS = (24, 14)  # columns
_NARROWEST_NAME = 12  # columns, before it gives way to nothing else


class StatusLine(Widget):
    """What does not fit goes, the least important first; what is going on stays to the last."""

    DEFAULT_CSS = """
    StatusLine { height: 1; width: 100%; padding: 0 1; background: $panel; }
    """
    ALLOW_SELECT: ClassVar[bool] = False

    model_name: reactive[str] = reactive("")
    device: reactive[str] = reactive("")
    meter: reactive[Meter | None] = reactive(None)
    speed: reactive[str] = reactive("")
    activity: reactive[str] = reactive("")

    @dataclass
    class MeterWanted(Message):
        """Somebody has pressed on the line."""

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.MeterWanted())

    def render(self) -> RenderResult:
        return fitting(
            self.size.width,
            model=clean(self.model_name) or tr("No model"),
            device=clean(self.device),
            meter=self.meter,
            speed=clean(self.speed),
            activity=clean(self.activity),
        )

    def watch_meter(self, meter: Meter | None) -> None:
        self.tooltip = Content(in_words(meter)) if meter is not None else None


def fitting(
    width: int, *, model: str, device: str, meter: Meter | None, speed: str, activity: str
) -> Content:
    """The first of the ever shorter lines that fits; at last the activity alone, cut."""
    line = Content("")
    for bar_width, words, shown_device, shown_speed in _ever_shorter(meter, device, speed):
        parts = [
            Content.styled(model, "bold"),
            Content(shown_device),
            *_meter_parts(meter, bar_width, words),
            Content(shown_speed),
            Content.styled(activity, "bold $accent"),
        ]
        line = _joined(parts)
        if line.cell_length <= width:
            return line
    rest = width - line.cell_length + width_of(model)
    if rest >= _NARROWEST_NAME or not activity:
        short = cut(model, max(rest - 2, 0)) + ".."
        return _joined([Content.styled(short, "bold"), *_last(meter, activity)])
    return Content.styled(cut(activity, width), "bold $accent")


def _ever_shorter(
    meter: Meter | None, device: str, speed: str
) -> Iterator[tuple[int, bool, str, str]]:
    """(columns of the bar, whether the tokens are in words, device, speed)."""
    yield _BARS[0], True, device, speed
    yield _BARS[1], True, device, speed
    yield _BARS[1], True, "", speed
    yield 0, True, "", speed
    yield 0, False, "", speed
    yield 0, False, "", ""


def _meter_parts(meter: Meter | None, bar_width: int, words: bool) -> Sequence[Content]:
    if meter is None:
        return ()
    text = Content(in_words(meter) if words else in_short(meter))
    return (Content.assemble(bar(meter, bar_width), " ", text),) if bar_width else (text,)


def _last(meter: Meter | None, activity: str) -> Sequence[Content]:
    return (*_meter_parts(meter, 0, False), Content.styled(activity, "bold $accent"))


def _joined(parts: Sequence[Content]) -> Content:
    return _GAP.join([part for part in parts if part.plain])

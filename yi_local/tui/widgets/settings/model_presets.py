"""Which preset each model talks with: a line for the choice, and what its makers advise below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from yi_local.catalogue.model import Model
from yi_local.language import mark, tr
from yi_local.settings import Settings
from yi_local.text import clean, cut, wrapped
from yi_local.tui.widgets.machine.step_slider import Step
from yi_local.tui.widgets.settings.choice import Choice, choice_line

_TITLE_WIDTH = 30  # columns
_ADVICE_WIDTH = 100  # columns, where there is room


@dataclass(frozen=True, slots=True)
class ModelWithPreset:
    """A model that a preset can be chosen for; `name` is what settings call it."""

    name: str
    title: str
    known: Model | None


class ModelPresets(Widget, can_focus=True):
    """A column of choices with the keys of one, of which one is current.

    There may be hundreds, so it is one widget, and only the lines that are seen are drawn.
    """

    DEFAULT_CSS = """
    ModelPresets { width: 100%; max-width: 102; height: auto; }
    """
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", mark("Less")),
        Binding("right", "step(1)", mark("More")),
        Binding("home", "first", mark("Least"), show=False),
        Binding("end", "last", mark("Most"), show=False),
        *Choice.BINDINGS,
        Binding("up", "go(-1)", show=False),
        Binding("down", "go(1)", show=False),
        Binding("tab", "tab(1)", show=False),
        Binding("shift+tab", "tab(-1)", show=False),
    ]

    current: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """All of them as they shall be, by what settings call the models."""

        presets: dict[str, str]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._models: tuple[ModelWithPreset, ...] = ()
        self._steps: tuple[Step, ...] = ()
        self._presets: dict[str, str] = {}
        self._lines: list[tuple[int, str | None]] = []  # the model, its advice; None: its choice
        self._broken_for = -1  # columns

    def show(self, settings: Settings) -> None:
        named = (Step(preset.name, clean(preset.name)) for preset in settings.presets)
        self._steps = (Step(None, tr("as for all")), *named)
        self._presets = dict(settings.model_presets)
        self.refresh()

    def show_models(self, models: Sequence[ModelWithPreset]) -> None:
        """Each once, with what its makers advise."""
        self._models = tuple({model.name: model for model in models}.values())
        self._broken_for = -1
        self.current = min(self.current, max(len(self._models) - 1, 0))
        self.refresh(layout=True)

    # -- what a person does

    def action_step(self, by: int) -> None:
        self._choose(self._place(self.current) + by)

    def action_first(self) -> None:
        self._choose(0)

    def action_last(self) -> None:
        self._choose(len(self._steps) - 1)

    def action_next(self) -> None:
        """From the last one on to the first."""
        if self._steps:
            self._choose((self._place(self.current) + 1) % len(self._steps))

    def action_go(self, by: int) -> None:
        """At either end the key is for what is around the list."""
        if not 0 <= self.current + by < len(self._models):
            raise SkipAction
        self.current += by

    def action_tab(self, by: int) -> None:
        """From one to the next, and out: who comes back comes in at the side they come from."""
        if 0 <= self.current + by < len(self._models):
            self.current += by
        elif by > 0:
            self.current = 0
            self.screen.focus_next()
        else:
            self.current = max(len(self._models) - 1, 0)
            self.screen.focus_previous()

    @on(Click)
    def _clicked(self, event: Click) -> None:
        event.stop()
        if 0 <= event.y < len(self._lines):
            self.current, advice = self._lines[event.y]
            if advice is None:
                self.action_next()

    def watch_current(self) -> None:
        if self.is_mounted and self.has_focus:
            self.screen.scroll_to_widget(self, animate=False)

    # -- how it is drawn

    @property
    def virtual_region_with_margin(self) -> Region:
        """What whoever brings it into view brings there: the lines of the current one."""
        numbers = [number for number, _ in self._lines]
        if self.current not in numbers:
            return super().virtual_region_with_margin
        x, y, width, _ = self.virtual_region
        return Region(x, y + numbers.index(self.current), width, numbers.count(self.current))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._break_for(width)
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        self._break_for(width)
        if y >= len(self._lines):
            return Strip.blank(width, self.visual_style.rich_style)
        number, advice = self._lines[y]
        if advice is None:
            label = cut(clean(self._models[number].title), _TITLE_WIDTH)
            value = self._steps[self._place(number)].label if self._steps else ""
            is_current = self.has_focus and number == self.current
            line = choice_line(label, value, width, is_current=is_current)
        else:
            line = Content.styled(advice, "$foreground-muted")
        return Visual.to_strips(self, line, width, 1, self.visual_style, pad=True)[0]

    # -- inside

    def _break_for(self, width: int) -> None:
        if width != self._broken_for:
            self._broken_for = width
            self._lines = []
            for number, model in enumerate(self._models):
                text = wrapped(f"    {_advice(model.known)}", min(width, _ADVICE_WIDTH))
                self._lines += [(number, None), *((number, line) for line in text.split("\n"))]

    def _place(self, number: int) -> int:
        """Of a model's preset among the steps; the first stands for one that is gone, too."""
        name = self._presets.get(self._models[number].name) if self._models else None
        return next((at for at, step in enumerate(self._steps) if step.value == name), 0)

    def _choose(self, place: int) -> None:
        place = max(0, min(place, len(self._steps) - 1))
        if not self._models or not self._steps or place == self._place(self.current):
            return
        name, value = self._models[self.current].name, self._steps[place].value
        self._presets.pop(name, None)
        if value is not None:
            self._presets[name] = str(value)
        self.refresh()
        self.post_message(self.Chosen(dict(self._presets)))


def _advice(model: Model | None) -> str:
    if model is None or model.sampling is None:
        return tr("Its makers give no advice that is known here.")
    options = ", ".join(f"{name} {value:g}" for name, value in model.sampling.options.items())
    return tr("Its makers advise {options}.", options=options)

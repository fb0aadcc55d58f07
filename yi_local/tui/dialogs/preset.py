"""A preset, made or changed: its name, its system prompt, its sampling."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from yi_local.language import mark, tr
from yi_local.settings import Preset
from yi_local.settings.sampling import WrongOption, sampling_from
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.widgets.machine.step_slider import Step
from yi_local.tui.widgets.settings.choice import Choice
from yi_local.tui.widgets.settings.plain_button import PlainButton
from yi_local.types import SamplingOptions

_OWN, _NONE, _TEXT = "own", "none", "text"
_LABEL_WIDTH = 20  # columns; the longest name of a field has 19

# The ones that people change, in the order of their importance; the rest only where they are set.
FIELDS: tuple[tuple[str, str], ...] = (
    ("temperature", mark("0 is the same each time, above 1 is wild")),
    ("top_p", mark("0 to 1; 1 is off")),
    ("top_k", mark("whole number; 0 is off")),
    ("min_p", mark("0 to 1; 0 is off")),
    ("repeat_penalty", mark("above 1 repeats less; 1 is off")),
    ("repeat_last_n", mark("tokens it looks back; -1 is all")),
    ("presence_penalty", mark("-100 to 100; 0 is off")),
    ("frequency_penalty", mark("-100 to 100; 0 is off")),
    ("max_tokens", mark("most tokens of an answer; empty: no limit")),
    ("seed", mark("the same gives the same answers; empty: a new one each time")),
)
_DEFAULTS = SamplingOptions()


class SamplingField(Vertical):
    """One number, with what is wrong with it below. An empty one is not chosen."""

    DEFAULT_CSS = """
    SamplingField {
        height: auto;
        Horizontal { height: 1; }
        .label { width: 20; }
        Input { width: 12; max-width: 12; }
        .remark { width: 1fr; padding: 0 0 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        .problem { padding: 0 0 0 2; display: none; }
        &.-wrong .problem { display: block; }
    }
    """

    def __init__(self, option: str, remark: str, value: object) -> None:
        super().__init__(id=option)
        self._option, self._remark = option, remark
        self._value = "" if value is None else f"{value:g}" if isinstance(value, float) else value

    def compose(self) -> ComposeResult:
        default = getattr(_DEFAULTS, self._option)
        placeholder = "" if default is None else f"{default:g}"
        yield Horizontal(
            Static(Content(self._option), classes="label"),
            Input(str(self._value), placeholder=placeholder, compact=True),
            Static(Content(tr(self._remark)), classes="remark"),
        )
        yield Static(classes="problem")

    @on(Input.Changed)
    def _check(self) -> None:
        self.chosen()

    def on_resize(self) -> None:
        """What is wrong needs a line of its own, which shall be seen."""
        if self.has_class("-wrong"):
            self.scroll_visible(animate=False)

    def chosen(self) -> dict[str, Any] | None:
        """The option and its value, empty where none stands; None, and told, where it is wrong."""
        problem, found = "", {}
        try:
            found = option_from(self._option, self.query_one(Input).value)
        except WrongOption as error:
            problem = str(error)
        self.set_class(bool(problem), "-wrong")
        self.query_one(".problem", Static).update(Content(clean(problem)))
        return None if problem else found


def option_from(option: str, text: str) -> dict[str, Any]:
    """Raises WrongOption, with a sentence, for what is no number or out of range."""
    text = text.strip().replace(",", ".")  # many people write 0,7
    if not text:
        return {}
    try:
        value: Any = int(text)
    except ValueError:
        try:
            value = float(text)
        except ValueError:
            raise WrongOption(option, tr("{text} is no number", text=text)) from None
    return sampling_from({option: value})


class PresetDialog(Dialog[Preset]):
    """Enter goes on to the next field, and saves from the last one; so does the Save button."""

    HIGH = True
    AUTO_FOCUS = "#name"
    DEFAULT_CSS = """
    PresetDialog {
        VerticalScroll { height: 1fr; }
        .row { height: 1; }
        .row .label { width: 20; }
        TextArea { height: 5; margin: 0 0 0 0; border: none; padding: 0 1; background: $panel; }
        #sampling { height: auto; margin: 1 0 0 0; }
        & > .-high { max-height: 28; }
        .buttons { height: auto; align-horizontal: right; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "confirm", mark("Next field"), priority=True),
        Binding("ctrl+s", "save", mark("Save"), priority=True),
    ]

    def __init__(self, preset: Preset | None, taken: Collection[str]) -> None:
        """`taken`: names of the others."""
        super().__init__(tr("New preset") if preset is None else tr("Preset"))
        self._preset = preset or Preset("")
        self._taken = taken

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=False):
            yield Horizontal(
                Static(Content(tr("Name")), classes="label"),
                Input(self._preset.name, id="name", compact=True),
                classes="row",
            )
            yield Static(id="name-problem", classes="problem")
            yield Choice(tr("System prompt"), id="system-kind", label_width=_LABEL_WIDTH - 3)
            yield TextArea(self._preset.system or "", id="system", compact=True)
            fields = Vertical(id="sampling")
            with fields:
                yield Static(
                    Content(tr("Empty fields are as the model's makers advise.")), classes="remark"
                )
                for option, remark in FIELDS:
                    yield SamplingField(option, remark, self._preset.sampling.get(option))
        yield Horizontal(
            PlainButton(tr("Cancel"), id="cancel"),
            PlainButton(tr("Save"), id="save"),
            classes="buttons",
        )

    def on_mount(self) -> None:
        system = self._preset.system
        kind = _OWN if system is None else _TEXT if system else _NONE
        steps = [
            Step(_OWN, tr("the model's own")),
            Step(_TEXT, tr("this text")),
            Step(_NONE, tr("none")),
        ]
        self.query_one("#system-kind", Choice).offer(steps, kind)
        self.query_one("#system").display = kind == _TEXT

    # -- what a person does

    @on(Choice.Moved, "#system-kind")
    def _kind_chosen(self, event: Choice.Moved) -> None:
        event.stop()
        self.query_one("#system").display = event.slider.value == _TEXT

    @on(Button.Pressed)
    def _button(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_close()

    def confirm(self) -> None:
        """Enter belongs to the text and to the choice, where one of them has the focus."""
        focused = self.focused
        if isinstance(focused, TextArea):
            focused.insert("\n")
        elif isinstance(focused, Choice):
            focused.action_next()
        else:
            self.focus_next()

    def action_save(self) -> None:
        """Says what is wrong, at its field, and goes there."""
        preset = self._made()
        if preset is not None:
            self.dismiss(preset)

    # -- inside

    def _made(self) -> Preset | None:
        name = " ".join(self.query_one("#name", Input).value.split())
        problem = self._objection(name)
        self.query_one("#name-problem", Static).update(Content(problem))
        wrong: list[Widget] = [self.query_one("#name")] if problem else []
        shown = {option for option, _ in FIELDS}
        sampling = {k: v for k, v in self._preset.sampling.items() if k not in shown}
        for field in self.query(SamplingField):
            chosen = field.chosen()
            if chosen is None:
                wrong.append(field.query_one(Input))
            else:
                sampling |= chosen
        if wrong:
            wrong[0].focus()
            return None
        return Preset(name, self._system(), sampling)

    def _objection(self, name: str) -> str:
        if not name:
            return tr("A preset needs a name.")
        if name in self._taken:
            return tr("There is a preset of this name already.")
        return ""

    def _system(self) -> str | None:
        kind = self.query_one("#system-kind", Choice).value
        if kind == _OWN:
            return None
        return self.query_one("#system", TextArea).text if kind == _TEXT else ""

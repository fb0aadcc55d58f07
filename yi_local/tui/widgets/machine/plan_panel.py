"""A model, sliders for how it would be loaded, and the picture of what that takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Select, Static

from yi_local.assistant.planning.memory_picture import picture_of_plan
from yi_local.assistant.planning.plan_desk import KV_TYPES, Answer, Question, Steps
from yi_local.assistant.planning.plan_guess import guessed
from yi_local.hardware.snapshot import Hardware
from yi_local.language import tr, trn
from yi_local.planner.plan import Plan, Wish
from yi_local.text import clean, width_of
from yi_local.tui.widgets.machine.memory_bars import MemoryBars
from yi_local.tui.widgets.machine.models_here import ModelHere
from yi_local.tui.widgets.machine.plan_words import refusal, remarks, verdict
from yi_local.tui.widgets.machine.step_slider import Step, StepSlider
from yi_local.tui.widgets.settings.plain_button import PlainButton

_VALUE_WIDTH = 16  # columns
_NO_REMARKS = Content("")
_CONTEXT, _KV_TYPE, _LAYERS = "context", "kv-type", "layers"


class PlanPanel(Vertical):
    """Asks for plans by `Asked`, gets them by `take`; shows a guess in the meantime."""

    DEFAULT_CSS = """
    PlanPanel {
        height: auto;
        Select { width: 100%; max-width: 102; margin: 0 0 1 0; }
        MemoryBars { margin: 1 0; }
        #verdict { height: auto; margin: 1 0 0 0; }
        #plan-remarks { height: auto; }
    }
    """

    @dataclass
    class Asked(Message):
        question: Question

    @dataclass
    class LoadWanted(Message):
        name: str
        wish: Wish

    def __init__(self) -> None:
        super().__init__(id="plan")
        self._choices: tuple[ModelHere, ...] = ()
        self._path: Path | None = None
        self._steps: Steps | None = None
        self._answers: dict[Question, Answer] = {}
        self._latest: Answer | None = None  # with a plan, and the hardware it is for

    def compose(self) -> ComposeResult:
        labels = [tr("Context"), tr("KV cache"), tr("GPU layers")]
        width = max(map(width_of, labels)) + 2
        yield Select[str]((), prompt=tr("Choose a model"), id="plan-model", compact=True)
        for slider_id, label in zip((_CONTEXT, _KV_TYPE, _LAYERS), labels, strict=True):
            yield StepSlider(label, id=slider_id, label_width=width, value_width=_VALUE_WIDTH)
        yield Static(id="verdict", markup=False)
        yield MemoryBars(id="plan-bars")
        yield Static(id="plan-remarks", markup=False)
        yield PlainButton(tr("Load with these"), id="load")

    def on_mount(self) -> None:
        for slider in self.query(StepSlider):
            slider.display = False
        self._button.disabled = True

    def offer_models(self, choices: Sequence[ModelHere], chosen: Path | None) -> None:
        """What is chosen already stays so, where it is still there."""
        self._choices = tuple(choices)
        paths = [choice.path for choice in choices]
        path = self._path if self._path in paths else chosen if chosen in paths else None
        select = self._select
        with select.prevent(Select.Changed):
            select.set_options([(Content(clean(c.label)), str(c.path)) for c in choices])
        if not choices:
            self._say(Content(tr("No model is on this machine yet: F3 shows what can be had.")))
        elif path is not None:
            select.value = str(path)

    def forget(self) -> None:
        """Other memory is free now: plans are asked for again."""
        self._answers.clear()
        if self._path is not None:
            self._ask(Question(self._path, self._wish()))

    def take(self, news: Steps | Answer) -> None:
        """From the desk. What is of another model, or of another place of the sliders, is kept."""
        if isinstance(news, Steps):
            if news.path == self._path:
                self._steps = news
            return
        self._answers[news.question] = news
        if news.question.path != self._path:
            return
        if news.plan is not None and not self._sliders_shown:
            self._offer_sliders(news.plan)
            self._show(news)
        elif news.question == self._question or (news.plan is None and self._latest is None):
            self._show(news)

    # -- what a person does

    @on(Select.Changed, "#plan-model")
    def _model_chosen(self, event: Select.Changed) -> None:
        event.stop()
        path = Path(str(event.value)) if event.value is not Select.NULL else None
        if path == self._path:
            return
        self._path, self._steps, self._latest = path, None, None
        for slider in self.query(StepSlider):
            slider.display = False
        self.query_one(MemoryBars).show(())
        self._button.disabled = True
        if path is not None:
            self._say(Content(tr("Working it out...")))
            self._ask(Question(path, Wish()))

    @on(StepSlider.Moved)
    def _moved(self, event: StepSlider.Moved) -> None:
        event.stop()
        question = self._question
        known = self._answers.get(question) if question is not None else None
        if known is not None:
            self._show(known)
        elif question is not None:
            if self._latest is not None and self._latest.plan is not None:
                plan, hardware = guessed(self._latest.plan, question.wish), self._latest.hardware
                self._draw(plan, hardware, is_guess=True)
            self._ask(question)

    @on(Button.Pressed, "#load")
    def _load(self, event: Button.Pressed) -> None:
        event.stop()
        choice = next((each for each in self._choices if each.path == self._path), None)
        if choice is not None:
            self.post_message(self.LoadWanted(choice.name, self._wish()))

    # -- inside

    @property
    def _question(self) -> Question | None:
        return Question(self._path, self._wish()) if self._path is not None else None

    @property
    def _sliders_shown(self) -> bool:
        return self._slider(_CONTEXT).display

    def _wish(self) -> Wish:
        if not self._sliders_shown:
            return Wish()
        n_ctx, kv_type = self._slider(_CONTEXT).value, self._slider(_KV_TYPE).value
        layers = self._slider(_LAYERS).value
        return Wish(
            n_ctx=n_ctx if isinstance(n_ctx, int) else None,
            kv_type=str(kv_type) if kv_type is not None else None,
            n_gpu_layers=layers if isinstance(layers, int) else None,
        )

    def _ask(self, question: Question) -> None:
        self.post_message(self.Asked(question))

    def _offer_sliders(self, plan: Plan) -> None:
        steps, options = self._steps, plan.options
        contexts = sorted({*(steps.contexts if steps else ()), options.n_ctx or 0})
        kinds = list(dict.fromkeys((*KV_TYPES, options.type_k)))
        layers = steps.layers if steps else ()
        self._slider(_CONTEXT).offer(
            [Step(n, trn("{n} token", "{n} tokens", n)) for n in contexts], options.n_ctx
        )
        self._slider(_KV_TYPE).offer([Step(kind, kind) for kind in kinds], options.type_k)
        everything = plan.file.n_layer + 1
        self._slider(_LAYERS).offer(
            [
                Step(None, tr("automatic")),
                *(Step(n, tr("{n} of {all}", n=n, all=everything)) for n in layers),
            ],
            None,
        )
        for slider_id in (_CONTEXT, _KV_TYPE, *((_LAYERS,) if layers else ())):
            self._slider(slider_id).display = True

    def _show(self, answer: Answer) -> None:
        if answer.plan is None:
            self.query_one(MemoryBars).show(())
            self._button.disabled = True
            if answer.error is not None:
                self._say(refusal(answer.error))
            return
        self._latest = answer
        self._draw(answer.plan, answer.hardware, is_guess=False)

    def _draw(self, plan: Plan, hardware: Hardware | None, *, is_guess: bool) -> None:
        if hardware is not None:
            self.query_one(MemoryBars).show(picture_of_plan(plan, hardware))
        self._say(verdict(plan, is_guess=is_guess), remarks(plan, is_guess=is_guess))
        self._button.disabled = not plan.fits

    def _say(self, text: Content, below: Content = _NO_REMARKS) -> None:
        self.query_one("#verdict", Static).update(text)
        self.query_one("#plan-remarks", Static).update(below)

    def _slider(self, slider_id: str) -> StepSlider:
        return self.query_one(f"#{slider_id}", StepSlider)

    @property
    def _select(self) -> "Select[str]":
        return self.query_one("#plan-model", Select)

    @property
    def _button(self) -> Button:
        return self.query_one("#load", Button)

"""Presets, which of them is used where, and what happens when a conversation grows too long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from yi_local.language import mark, tr
from yi_local.settings import Preset, Settings
from yi_local.text import clean, cut, width_of
from yi_local.tui.widgets.machine.step_slider import Step
from yi_local.tui.widgets.settings.choice import Choice
from yi_local.tui.widgets.settings.model_presets import ModelPresets, ModelWithPreset
from yi_local.tui.widgets.settings.pane import Pane
from yi_local.tui.widgets.settings.plain_button import PlainButton

_POLICIES = {
    "drop-oldest": mark("leave out the oldest messages"),
    "stop": mark("stop"),
}
_SUMMARY_WIDTH = 60  # columns


class PresetList(OptionList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", mark("Edit")),
        Binding("delete", "remove", mark("Delete")),
    ]

    @dataclass
    class RemovalWanted(Message):
        index: int

    def action_remove(self) -> None:
        if self.highlighted is not None:
            self.post_message(self.RemovalWanted(self.highlighted))


class PresetsPane(Pane):
    @dataclass
    class EditWanted(Message):
        preset: Preset | None  # None: a new one

    @dataclass
    class RemovalWanted(Message):
        preset: Preset

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._settings = Settings()

    def compose(self) -> ComposeResult:
        yield Static(
            tr("A preset is a system prompt and a way of sampling, under a name."),
            classes="remark",
            markup=False,
        )
        yield PresetList(markup=False, compact=True)
        yield Horizontal(PlainButton(tr("New preset"), id="new-preset"), classes="buttons")
        yield Static(tr("New conversations"), classes="heading", markup=False)
        yield Choice(tr("Preset"), id="default-preset")
        yield Choice(tr("Too long for the context"), id="context-policy")
        yield Static(tr("With one model"), classes="heading", markup=False)
        yield ModelPresets(id="per-model")
        yield Static(tr("No model is here yet."), id="no-model", classes="remark", markup=False)

    def on_mount(self) -> None:
        for widget in self.query("#per-model, #no-model"):
            widget.display = False  # until it is known which of them it is

    def show(self, settings: Settings) -> None:
        self._settings = settings
        presets = self.query_one(PresetList)
        highlighted = presets.highlighted
        presets.set_options(Option(_line(preset)) for preset in settings.presets)
        presets.display = bool(settings.presets)
        if settings.presets:
            presets.highlighted = min(highlighted or 0, len(settings.presets) - 1)
        self.query_one("#default-preset", Choice).offer(
            [Step(None, tr("none")), *(Step(p.name, clean(p.name)) for p in settings.presets)],
            settings.default_preset,
        )
        self.query_one("#context-policy", Choice).offer(
            [Step(name, tr(text)) for name, text in _POLICIES.items()], settings.context_policy
        )
        self.query_one(ModelPresets).show(settings)

    def show_models(self, models: Sequence[ModelWithPreset]) -> None:
        """Those here, with what their makers advise."""
        per_model = self.query_one(ModelPresets)
        per_model.show_models(models)
        per_model.display = bool(models)
        self.query_one("#no-model").display = not models

    # -- what a person does

    @on(OptionList.OptionSelected)
    def _edit(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.EditWanted(self._settings.presets[event.option_index]))

    @on(Button.Pressed, "#new-preset")
    def _new(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.EditWanted(None))

    @on(PresetList.RemovalWanted)
    def _remove(self, event: PresetList.RemovalWanted) -> None:
        event.stop()
        self.post_message(self.RemovalWanted(self._settings.presets[event.index]))

    @on(Choice.Moved)
    def _chosen(self, event: Choice.Moved) -> None:
        event.stop()
        value, name = event.slider.value, event.slider.id or ""
        if name == "default-preset":
            self.ask(default_preset=value)
        elif name == "context-policy":
            self.ask(context_policy=value)

    @on(ModelPresets.Chosen)
    def _chosen_for_one(self, event: ModelPresets.Chosen) -> None:
        event.stop()
        self.ask(model_presets=event.presets)


def with_preset(settings: Settings, old: Preset | None, new: Preset | None) -> dict[str, Any]:
    """The fields that change when a preset comes, changes or goes; new names hold everywhere."""
    presets = [p for p in settings.presets if old is None or p.name != old.name]
    if new is not None:
        place = settings.presets.index(old) if old in settings.presets else len(presets)
        presets.insert(place, new)
    renamed: dict[str, str | None] = {old.name: new.name if new else None} if old else {}
    default = settings.default_preset
    per_model: Mapping[str, str | None] = {
        model: renamed.get(name, name) for model, name in settings.model_presets.items()
    }
    return {
        "presets": tuple(presets),
        "default_preset": renamed.get(default, default) if default is not None else None,
        "model_presets": {model: name for model, name in per_model.items() if name is not None},
    }


def _line(preset: Preset) -> Content:
    parts = [f"{name} {value}" for name, value in preset.sampling.items()]
    if preset.system:
        first = clean(preset.system).partition("\n")[0]
        parts.append(first if width_of(first) <= 40 else cut(first, 38) + "..")
    elif preset.system == "":
        parts.append(tr("no system prompt"))
    summary = cut(clean(", ".join(parts)), _SUMMARY_WIDTH)
    return Content.assemble((clean(preset.name), "b"), f"  {summary}")

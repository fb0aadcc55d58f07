"""With what a conversation is answered: its system prompt and its sampling."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select, Static, TextArea

from yi_local.language import mark, tr
from yi_local.settings import Preset
from yi_local.store.records import Conversation
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.sampling_fields import FIELDS, NotANumber, as_text, read_fields
from yi_local.tui.widgets.toggles import Tick


@dataclass(frozen=True, slots=True)
class SystemChoice:
    system: str | None  # None: the model's own; "": none at all
    sampling: Mapping[str, Any]  # what differs from the advice, no others
    preset: str | None  # whose values these are, unchanged or not


class SystemDialog(Dialog[SystemChoice], inherit_bindings=False):
    """An empty field means the makers' advice, which it shows."""

    HIGH = True
    AUTO_FOCUS = "TextArea"
    DEFAULT_CSS = """
    SystemDialog {
        VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
        TextArea { height: 6; padding: 0 1; background: $panel; }
        Horizontal { height: 1; }
        Horizontal > .name { width: 24; }
        Horizontal > Input { width: 16; }
        Select { margin: 0; width: 1fr; }
        Tick { margin: 0 0 1 0; }
        .heading { text-style: bold; margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "confirm", mark("Take it over"), priority=True),
        Binding("escape", "close", mark("Close")),
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        conversation: Conversation,
        presets: Sequence[Preset],
        advised: Mapping[str, Any],
        own_system: str | None = None,
    ) -> None:
        """`own_system` is the model's own system prompt, where it has one."""
        super().__init__(tr("System prompt and sampling"))
        self._conversation = conversation
        self._presets = {preset.name: preset for preset in presets}
        self._advised = advised
        self._own_system = own_system

    def body(self) -> Iterable[Widget]:
        given = self._conversation
        known = given.preset if given.preset in self._presets else None
        own = self._own_system or tr("The model's own, if it has one")
        with VerticalScroll(can_focus=False):
            if self._presets:
                yield Select(
                    [(Content(clean(name)), name) for name in self._presets],
                    prompt=tr("Take over a preset"),
                    value=known if known is not None else Select.NULL,
                    compact=True,
                )
            yield Static(tr("System prompt"), classes="heading", markup=False)
            yield TextArea(
                given.system or "",
                placeholder=Content(clean(own)),
                tab_behavior="focus",
                soft_wrap=True,
                compact=True,
            )
            yield Tick(
                Content(tr("No system prompt at all")), value=given.system == "", compact=True
            )
            yield Static(tr("Sampling"), classes="heading", markup=False)
            for name, label in FIELDS:
                advised = as_text(self._advised.get(name))
                unset = tr("advised: {value}", value=advised) if advised else tr("not set")
                yield Horizontal(
                    Static(tr(label), classes="name", markup=False),
                    Input(
                        as_text(given.sampling.get(name)),
                        placeholder=unset,
                        id=name,
                        select_on_focus=False,
                        compact=True,
                    ),
                )
        yield Static(classes="problem", markup=False)

    def on_mount(self) -> None:
        """The focus has scrolled to its field."""
        self.call_after_refresh(self.query_one(VerticalScroll).scroll_home, animate=False)

    def confirm(self) -> None:
        texts = {name: self.query_one(f"#{name}", Input).value for name, _ in FIELDS}
        try:
            changed = read_fields(texts)
        except NotANumber as error:
            self.query_one(".problem", Static).update(Content(clean(str(error))))
            self.query_one(f"#{error.field}", Input).focus()
            return
        shown = {name for name, _ in FIELDS}
        kept = {name: value for name, value in self._sampling.items() if name not in shown}
        self.dismiss(SystemChoice(self._system(), {**kept, **changed}, self._preset))

    @property
    def _preset(self) -> str | None:
        for select in self.query(Select):
            return select.value if isinstance(select.value, str) else None
        return self._conversation.preset

    @property
    def _sampling(self) -> Mapping[str, Any]:
        """What is not shown in a field comes along as it was."""
        preset = self._presets.get(self._preset or "")
        if preset is not None and preset.name != self._conversation.preset:
            return preset.sampling
        return self._conversation.sampling

    def _system(self) -> str | None:
        text = self.query_one(TextArea).text.strip()
        return text or ("" if self.query_one(Tick).value else None)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        """Enter in the system prompt is a new line, in a field it is the end."""
        self.confirm()

    @on(Select.Changed)
    def _take_preset(self, event: Select.Changed) -> None:
        preset = self._presets.get(event.value) if isinstance(event.value, str) else None
        if preset is None or preset.name == self._conversation.preset:
            return
        self.query_one(TextArea).text = preset.system or ""
        self.query_one(Tick).value = preset.system == ""
        for name, _ in FIELDS:
            self.query_one(f"#{name}", Input).value = as_text(preset.sampling.get(name))

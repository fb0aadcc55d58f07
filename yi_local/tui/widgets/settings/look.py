"""How the app looks and which language it speaks."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from yi_local import language
from yi_local.language import mark, tr
from yi_local.settings import Settings
from yi_local.tui.themes import CHOICES, theme_name
from yi_local.tui.widgets.machine.step_slider import Step
from yi_local.tui.widgets.settings.choice import Choice
from yi_local.tui.widgets.settings.pane import Pane

_THEMES = {
    "yi-dark": mark("dark"),
    "yi-light": mark("light"),
    "ansi-dark": mark("the terminal's colours, dark"),
    "ansi-light": mark("the terminal's colours, light"),
    "textual-dark": mark("Textual, dark"),
    "textual-light": mark("Textual, light"),
}
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}  # each in itself, whatever is spoken
_BY_LOCALE = "by-locale"
_BY_TERMINAL = "by-terminal"


class LookPane(Pane):
    def compose(self) -> ComposeResult:
        yield Choice(tr("Theme"), id="theme")
        yield Static(
            tr("Takes effect at once. Without colours: set NO_COLOR before starting."),
            classes="remark",
            markup=False,
        )
        yield Static("", markup=False)
        yield Choice(tr("Language"), id="language")
        yield Static(tr("From the next start on."), classes="remark", markup=False)

    def show(self, settings: Settings) -> None:
        themes = [Step(name, tr(_THEMES.get(name, name))) for name in CHOICES]
        by_terminal = Step(_BY_TERMINAL, tr("as suits the terminal"))
        chosen = theme_name(settings.theme) if settings.theme is not None else _BY_TERMINAL
        self.query_one("#theme", Choice).offer([by_terminal, *themes], chosen)
        spoken = [Step(name, LANGUAGES.get(name, name)) for name in language.languages()]
        by_locale = Step(_BY_LOCALE, tr("as the system says"))
        self.query_one("#language", Choice).offer(
            [by_locale, *spoken], settings.language or _BY_LOCALE
        )

    @on(Choice.Moved, "#theme")
    def _theme(self, event: Choice.Moved) -> None:
        event.stop()
        value = event.slider.value
        self.ask(theme=None if value == _BY_TERMINAL else value)

    @on(Choice.Moved, "#language")
    def _language(self, event: Choice.Moved) -> None:
        event.stop()
        value = event.slider.value
        self.ask(language=None if value == _BY_LOCALE else value)

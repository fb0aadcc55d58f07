"""The Machine part of the app: what is here, what a model takes of it, what it would take."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from yi_local.assistant.doctor.checkup import Checkup
from yi_local.assistant.doctor.gather import check_up
from yi_local.assistant.planning.memory_picture import given_back
from yi_local.assistant.planning.plan_desk import Answer, PlanDesk, Steps
from yi_local.hardware.snapshot import Hardware
from yi_local.language import tr
from yi_local.tui import keys
from yi_local.tui.messages import UseModel
from yi_local.tui.screens.part import Part
from yi_local.tui.services import Services
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.machine.facts import FactsTable, FindingsList
from yi_local.tui.widgets.machine.models_here import ModelHere, models_here, with_opened
from yi_local.tui.widgets.machine.open_models import OpenModelsPanel, Taken, taken_by
from yi_local.tui.widgets.machine.plan_panel import PlanPanel

_LOOK_S = 2.0  # how often the open models are looked at, while this part is shown


class Section(Vertical):
    """A heading, and what belongs to it."""

    DEFAULT_CSS = """
    Section {
        height: auto;
        margin: 0 0 1 0;
        .heading { text-style: bold; color: $primary; border-bottom: solid $panel; }
    }
    """

    def __init__(self, heading: str, *content: Widget) -> None:
        super().__init__()
        self._heading, self._content = heading, content

    def compose(self) -> ComposeResult:
        yield Static(self._heading, markup=False, classes="heading")
        yield from self._content


class MachineScreen(TellsTrouble, Part):
    """Looks when it is first shown, and again by a key; the open models it watches."""

    MODE: ClassVar[str] = "machine"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("machine")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (130, "-wide")]  # noqa: RUF012 - Textual's own
    DEFAULT_CSS = """
    MachineScreen {
        #machine { padding: 1 2 0 2; }
        #columns { height: auto; layout: vertical; }
        #columns > Vertical { height: auto; }
        &.-wide #columns { layout: horizontal; }
        &.-wide #columns > Vertical { width: 1fr; }
        &.-wide #columns > #left { margin: 0 4 0 0; }
    }
    """

    @dataclass
    class Seen(Message):
        checkup: Checkup

    @dataclass
    class Found(Message):
        choices: tuple[ModelHere, ...]
        chosen: Path | None

    @dataclass
    class Loaded(Message):
        taken: tuple[Taken, ...]

    @dataclass
    class News(Message):
        news: Steps | Answer

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._desk: PlanDesk | None = None

    def body(self) -> list[Widget]:
        left = Vertical(
            Section(tr("This machine"), FactsTable(id="facts")),
            Section(tr("Loaded now"), OpenModelsPanel()),
            id="left",
        )
        right = Vertical(
            Section(tr("What would a model take?"), PlanPanel()),
            Section(tr("To mend"), FindingsList(id="findings")),
            id="right",
        )
        return [VerticalScroll(Container(left, right, id="columns"), id="machine")]

    def on_mount(self) -> None:
        self.query_one("#facts", FactsTable).update(tr("Looking at this machine..."))
        self._look()
        self._find_models()
        self.set_interval(_LOOK_S, self._watch)

    def on_unmount(self) -> None:
        if self._desk is not None:
            self._desk.close()

    def on_screen_resume(self) -> None:
        self._look_at_open_models()
        self._find_models()

    def action_reload(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._desk = None
        self._look()
        self._find_models()
        self.query_one(PlanPanel).forget()

    # -- workers

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def _look(self) -> None:
        import os

        checkup = check_up(
            os.environ,
            lambda what, done, of: None,
            offline=True,  # the Hub is of no interest here
            engine_command=self.services.engine_command,
        )
        self.post_message(self.Seen(checkup))

    @work(thread=True, exclusive=True, exit_on_error=False, group="find")
    def _find_models(self) -> None:
        opened = self.services.models.opened()
        found = with_opened(models_here(), opened)
        chosen = opened[-1].path if opened else next((each.path for each in found), None)
        self.post_message(self.Found(found, chosen))

    @work(thread=True, exclusive=True, exit_on_error=False, group="open-models")
    def _look_at_open_models(self) -> None:
        self.post_message(self.Loaded(taken_by(self.services.models.opened())))

    @work(thread=True, exit_on_error=False, group="plans")
    def _plan(self, desk: PlanDesk) -> None:
        worker = get_current_worker()
        try:
            for news in desk.answers():
                if worker.is_cancelled:
                    return
                self.post_message(self.News(news))
        finally:
            desk.close()

    def _watch(self) -> None:
        if self.is_current:
            self._look_at_open_models()

    # -- what they tell

    @on(Seen)
    def _show_machine(self, event: Seen) -> None:
        self.query_one("#facts", FactsTable).show(event.checkup)
        self.query_one("#findings", FindingsList).show(event.checkup.findings)

    @on(Found)
    def _offer_models(self, event: Found) -> None:
        self.query_one(PlanPanel).offer_models(event.choices, event.chosen)

    @on(Loaded)
    async def _show_loaded(self, event: Loaded) -> None:
        await self.query_one(OpenModelsPanel).show(event.taken)

    @on(News)
    def _take_news(self, event: News) -> None:
        self.query_one(PlanPanel).take(event.news)

    # -- what the plan panel wants

    @on(PlanPanel.Asked)
    def _ask(self, event: PlanPanel.Asked) -> None:
        if self._desk is None or not self._desk.ask(event.question):
            self._desk = PlanDesk(self.services.advisor, self._freed)
            self._desk.ask(event.question)
            self._plan(self._desk)

    @on(PlanPanel.LoadWanted)
    def _load(self, event: PlanPanel.LoadWanted) -> None:
        self.post_message(UseModel(event.name, event.wish))

    def _freed(self, hardware: Hardware) -> Hardware:
        """What is loaded would make room for another model."""
        infos = [model.engine.model for model in self.services.models.opened()]
        return given_back(hardware, [info.memory for info in infos if info is not None])

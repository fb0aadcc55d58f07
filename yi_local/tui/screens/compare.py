"""Two models, or two samplings, on one question side by side."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Input, Static

from yi_local.assistant.talk.session import Failed, Kept
from yi_local.language import tr
from yi_local.store.records import Attachment
from yi_local.tui import keys
from yi_local.tui.chat import words
from yi_local.tui.chat.comparison import Came, Comparison, Grew, Opened, Over, Side
from yi_local.tui.choices import model_choices
from yi_local.tui.dialogs.model import ModelDialog
from yi_local.tui.sampling_fields import NotANumber
from yi_local.tui.services import Services
from yi_local.tui.trouble import TellsTrouble, in_words
from yi_local.tui.turns import TakesTurns
from yi_local.tui.widgets.compare_side import CompareSide
from yi_local.tui.widgets.key_bar import KeyBar
from yi_local.types import Done, LoadProgress, PrefillProgress, Thinking

_WIDE = 100  # columns: below that one stands above the other
_LETTERS = ("A", "B")


class CompareScreen(TellsTrouble, TakesTurns, Screen[int | None]):
    """Returns the conversation in which something was asked, None where nothing was.

    Both answers stay in it as siblings; the one that is kept is the one that is shown there.
    """

    AUTO_FOCUS = "#question"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("compare")]
    DEFAULT_CSS = """
    CompareScreen {
        #heading { height: 1; background: $panel; padding: 0 1; text-style: bold; }
        #sides { height: 1fr; layout: horizontal; }
        &.-narrow #sides { layout: vertical; }
        #question { margin: 0; padding: 0 1; background: $panel; }
    }
    """

    def __init__(
        self,
        services: Services,
        conversation_id: int | None = None,
        model: str = "",
        question: str = "",
        attachments: Sequence[Attachment] = (),
    ) -> None:
        """`model` is the one in use, for both sides until another one is chosen."""
        super().__init__()
        self.services = services
        self._comparison = Comparison(
            services.store, services.models, services.settings.context_policy
        )
        self._comparison.conversation_id = conversation_id
        self._comparison.attachments = tuple(attachments)
        self._model, self._first_question = model, question
        self._kept: dict[int, int] = {}  # the answers, by the number of their side
        self._prefills = {number: words.Prefill() for number in range(len(_LETTERS))}
        self._is_asking = False

    def compose(self) -> ComposeResult:
        yield Static(tr("Side by side"), id="heading", markup=False)
        sides = (CompareSide(n, letter, self._model) for n, letter in enumerate(_LETTERS))
        yield Container(*sides, id="sides")
        yield Input(
            self._first_question,
            id="question",
            placeholder=tr("The question for both; Enter asks"),
            select_on_focus=False,
            compact=True,
        )
        yield KeyBar()

    @on(Resize)
    def _fit(self) -> None:
        self.set_class(self.size.width < _WIDE, "-narrow")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "run":
                return not self._is_asking
            case "keep_first" | "keep_second":
                return not self._is_asking and int(action == "keep_second") in self._kept
            case _:
                return True

    # -- keys

    async def action_run(self) -> None:
        question = self.query_one("#question", Input).value.strip()
        sides = list(self.query(CompareSide))
        nameless = next((side for side in sides if not side.model), None)
        if self._is_asking:
            return
        if nameless is not None:
            self._choose_model(nameless)
            return
        try:
            chosen = [Side(side.model, side.sampling()) for side in sides]
        except NotANumber as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        self._kept = {}
        self._set_running(True)
        for side in sides:
            self._prefills[side.number] = words.Prefill()
            await side.begin()
        self._run(question, chosen)

    def action_stop(self) -> None:
        """First what runs, then the screen."""
        if self._is_asking:
            self._comparison.stop()
        else:
            self._close()

    def action_keep_first(self) -> None:
        self._keep(0)

    def action_keep_second(self) -> None:
        self._keep(1)

    @on(Input.Submitted)
    async def _submitted(self) -> None:
        await self.action_run()

    # -- what the sides ask

    @on(CompareSide.ModelWanted)
    def _model_wanted(self, event: CompareSide.ModelWanted) -> None:
        self._choose_model(self._side(event.number))

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def _choose_model(self, side: CompareSide) -> None:
        found = await asyncio.to_thread(model_choices, self.services)
        services = self.services
        dialog = ModelDialog(found, services.servers, services.models.access)
        name = await self.app.push_screen_wait(dialog)
        if name is not None:
            side.use(name, dialog.titles.get(name, ""))

    # -- what goes on

    @work(thread=True, exclusive=True, exit_on_error=False, group="compare")
    def _run(self, question: str, sides: list[Side]) -> None:
        self._comparison.run(question, sides, self.post_message)

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        side = self._side(event.number)
        side.use(side.model, event.title)
        side.state(tr("Waiting for its turn"))

    @on(Grew)
    async def _grew(self, event: Grew) -> None:
        side = self._side(event.number)
        side.state(_speed_in_words(event))
        await side.grow(event.text)

    @on(Came)
    async def _came(self, event: Came) -> None:
        side = self._side(event.number)
        match event.event:
            case LoadProgress() as progress:
                side.state(words.loading(progress))
            case PrefillProgress() | Thinking() as progress:
                prefill = self._prefills[event.number]
                side.state(prefill.told(progress, asyncio.get_running_loop().time()))
            case Done(finish_reason=reason, usage=usage):
                side.state(_end_in_words(reason, usage.decode_tps))
            case Kept(node=node):
                self._kept[event.number] = node.id
                await side.end()
            case Failed(error=error):
                side.state(in_words(error))

    @on(Over)
    def _over(self) -> None:
        self._set_running(False)

    # -- inside

    def _side(self, number: int) -> CompareSide:
        return list(self.query(CompareSide))[number]

    def _set_running(self, running: bool) -> None:
        self._is_asking = running
        self.refresh_bindings()

    @work(exclusive=True, exit_on_error=False, group="keep")
    async def _keep(self, number: int) -> None:
        await asyncio.to_thread(self._comparison.keep, self._kept[number])
        self._close()

    def _close(self) -> None:
        asked = self._comparison.question_id is not None
        self.dismiss(self._comparison.conversation_id if asked else None)


def _speed_in_words(event: Grew) -> str:
    """Nothing where it cannot be told yet."""
    if event.n_tokens < 2 or event.seconds <= 0:
        return ""
    return words.rate(event.n_tokens / event.seconds)


def _end_in_words(reason: str, tokens_per_s: float | None) -> str:
    speed = "" if tokens_per_s is None else words.rate(tokens_per_s)
    match reason:
        case "cancelled":
            end = tr("stopped")
        case "length":
            end = tr("cut at the length limit")
        case _:
            end = tr("done")
    return "  ".join(filter(None, (speed, end)))

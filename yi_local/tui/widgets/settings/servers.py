"""The servers whose models may be talked with, beside those that are loaded here."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from yi_local.engine.elsewhere.address import Address
from yi_local.language import tr
from yi_local.settings import Settings
from yi_local.text import clean
from yi_local.tui.widgets.settings.pane import Pane
from yi_local.tui.widgets.settings.places import Places


class ServersPane(Pane):
    @dataclass
    class ServerWanted(Message):
        """A new one shall be asked for."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._servers: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(
            tr(
                "Models of these OpenAI-compatible servers (llama-server, Ollama, LM Studio, ...) "
                "can be chosen beside those here. A key is kept nowhere: start the app with the "
                "variable YI_SERVER_KEY."
            ),
            classes="remark",
            markup=False,
        )
        yield Static("", markup=False)
        yield Places(none=tr("No server yet."), add=tr("Add a server"))

    def show(self, settings: Settings) -> None:
        self._servers = settings.servers
        self.query_one(Places).show([_shown(each) for each in self._servers])

    @on(Places.Wanted)
    def _add(self, event: Places.Wanted) -> None:
        event.stop()
        self.post_message(self.ServerWanted())

    @on(Places.RemovalWanted)
    def _remove(self, event: Places.RemovalWanted) -> None:
        event.stop()
        self.ask(servers=tuple(url for n, url in enumerate(self._servers) if n != event.index))


def _shown(url: str) -> Content:
    state = "" if Address(url).is_here else tr("leaves this computer")
    return Content.assemble(clean(url), "  ", (state, "$warning"))

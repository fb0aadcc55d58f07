"""The folders in which models are looked for, beside those of other programs."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from yi_local.language import tr
from yi_local.settings import Settings
from yi_local.text import clean
from yi_local.tui.widgets.settings.pane import Pane
from yi_local.tui.widgets.settings.places import Places


class FoldersPane(Pane):
    @dataclass
    class FolderWanted(Message):
        """A new one shall be asked for."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._folders: tuple[Path, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(
            tr(
                "Models in these folders are found beside those of Hugging Face, ModelScope, "
                "Ollama, LM Studio and llama.cpp, which are looked at anyway."
            ),
            classes="remark",
            markup=False,
        )
        yield Static("", markup=False)
        yield Places(none=tr("No folder yet."), add=tr("Add a folder"))

    def show(self, settings: Settings) -> None:
        self._folders = settings.model_folders
        self._fill({})
        self._look()

    @work(exclusive=True, group="folders", exit_on_error=False)
    async def _look(self) -> None:
        """A folder on another machine may take its time."""
        folders = self._folders
        states = await asyncio.to_thread(lambda: {folder: _state(folder) for folder in folders})
        self._fill(states)

    def _fill(self, states: dict[Path, str]) -> None:
        self.query_one(Places).show(
            [
                Content.assemble(clean(str(folder)), "  ", (states.get(folder, ""), "$warning"))
                for folder in self._folders
            ]
        )

    @on(Places.Wanted)
    def _add(self, event: Places.Wanted) -> None:
        event.stop()
        self.post_message(self.FolderWanted())

    @on(Places.RemovalWanted)
    def _remove(self, event: Places.RemovalWanted) -> None:
        event.stop()
        kept = [folder for n, folder in enumerate(self._folders) if n != event.index]
        self.ask(model_folders=tuple(kept))


def _state(folder: Path) -> str:
    """ "" where all is well."""
    try:
        return "" if folder.exists() else tr("not there now")
    except OSError as error:
        return clean(error.strerror or tr("cannot be read"))

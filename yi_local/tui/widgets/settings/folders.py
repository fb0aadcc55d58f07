"""The folders in which models are looked for, beside those of other programs."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from yi_local.language import mark, tr
from yi_local.settings import Settings
from yi_local.text import clean
from yi_local.tui.widgets.settings.pane import Pane
from yi_local.tui.widgets.settings.plain_button import PlainButton


class FolderList(OptionList):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete", "remove", mark("Remove"))]

    @dataclass
    class RemovalWanted(Message):
        index: int

    def action_remove(self) -> None:
        if self.highlighted is not None:
            self.post_message(self.RemovalWanted(self.highlighted))


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
        yield FolderList(markup=False, compact=True)
        yield Static(tr("No folder yet."), id="no-folder", markup=False)
        yield Horizontal(
            PlainButton(tr("Add a folder"), id="add-folder"),
            PlainButton(tr("Remove it"), id="remove-folder"),
            classes="buttons",
        )

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
        options = self.query_one(FolderList)
        highlighted = options.highlighted
        options.set_options(
            Option(Content.assemble(clean(str(folder)), "  ", (states.get(folder, ""), "$warning")))
            for folder in self._folders
        )
        if self._folders:
            options.highlighted = min(highlighted or 0, len(self._folders) - 1)
        options.display = bool(self._folders)
        self.query_one("#no-folder").display = not self._folders
        self.query_one("#remove-folder").disabled = not self._folders

    @on(Button.Pressed, "#add-folder")
    def _add(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.FolderWanted())

    @on(Button.Pressed, "#remove-folder")
    def _remove_button(self, event: Button.Pressed) -> None:
        event.stop()
        self.query_one(FolderList).action_remove()

    @on(FolderList.RemovalWanted)
    def _remove(self, event: FolderList.RemovalWanted) -> None:
        event.stop()
        kept = [folder for n, folder in enumerate(self._folders) if n != event.index]
        self.ask(model_folders=tuple(kept))


def _state(folder: Path) -> str:
    """ "" where all is well."""
    try:
        return "" if folder.exists() else tr("not there now")
    except OSError as error:
        return clean(error.strerror or tr("cannot be read"))

"""A list of places that a person adds to, and takes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from yi_local.language import mark, tr
from yi_local.tui.widgets.settings.plain_button import PlainButton


class PlaceList(OptionList):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete", "remove", mark("Remove"))]

    def action_remove(self) -> None:
        if self.highlighted is not None:
            self.post_message(Places.RemovalWanted(self.highlighted))


class Places(Vertical):
    """`none` is said where there is none, `add` is what its button says."""

    DEFAULT_CSS = "Places { height: auto; }"

    @dataclass
    class Wanted(Message):
        """A new one shall be asked for."""

    @dataclass
    class RemovalWanted(Message):
        index: int

    def __init__(self, *, none: str, add: str) -> None:
        super().__init__()
        self._none = none
        self._add = add

    def compose(self) -> ComposeResult:
        yield PlaceList(markup=False, compact=True)
        yield Static(self._none, classes="none", markup=False)
        yield Horizontal(
            PlainButton(self._add, classes="add"),
            PlainButton(tr("Remove it"), classes="remove"),
            classes="buttons",
        )

    def show(self, places: Sequence[Content]) -> None:
        options = self.query_one(PlaceList)
        highlighted = options.highlighted
        options.set_options(Option(place) for place in places)
        if places:
            options.highlighted = min(highlighted or 0, len(places) - 1)
        options.display = bool(places)
        self.query_one(".none").display = not places
        self.query_one(".remove").disabled = not places

    @on(Button.Pressed, ".add")
    def _ask_for_one(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Wanted())

    @on(Button.Pressed, ".remove")
    def _take_one(self, event: Button.Pressed) -> None:
        event.stop()
        index = self.query_one(PlaceList).highlighted
        if index is not None:
            self.post_message(self.RemovalWanted(index))

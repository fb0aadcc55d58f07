"""A part of the app: what its screens have in common."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from yi_local.tui.services import Services
from yi_local.tui.turns import TakesTurns
from yi_local.tui.widgets.key_bar import KeyBar
from yi_local.tui.widgets.nav_bar import NavBar

if TYPE_CHECKING:
    from yi_local.assistant.downloads.item import Item


class Part(TakesTurns, Screen[None]):
    """Has the bars at the top and at the bottom; `body` is its own."""

    MODE: ClassVar[str]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services

    def compose(self) -> ComposeResult:
        yield NavBar(self.MODE)
        yield from self.body()
        yield KeyBar()

    def styled_since(self, count: int) -> None:
        """Made after they changed for the `count`th time: else Textual reads all of them anew."""
        self._css_update_count = count

    def body(self) -> list[Widget]:
        raise NotImplementedError

    @on(NavBar.Chosen)
    async def _go(self, event: NavBar.Chosen) -> None:
        await self.run_action(f"app.{event.mode}")

    def show(self, name: str) -> None:
        """Something by its name: of the catalogue, a repository."""

    def show_downloads(self, items: "tuple[Item, ...]") -> None:
        """The queue, whenever it has changed."""

    def remark(self, text: str) -> None:
        """What the bar at the top says of things that go on elsewhere."""
        for bar in self.query(NavBar):
            bar.remark = text

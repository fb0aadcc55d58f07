"""The bar at the bottom: the keys that do something here and now."""

from collections.abc import Iterator

from textual.app import RenderResult
from textual.binding import ActiveBinding
from textual.content import Content
from textual.events import Click
from textual.screen import Screen
from textual.widget import Widget

from yi_local.language import tr
from yi_local.tui.key_names import key_name
from yi_local.tui.keys import ACTIONS

_GAP = 2  # columns
_PLACES = {action.id: number for number, action in enumerate(ACTIONS)}
_LAST = "app.help"  # it names all the others, so it has its place in the narrowest bar


class KeyBar(Widget):
    """As many as the width allows, whole ones; what has the focus comes first.

    A click on one does what its key does.
    """

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 1;
        width: 100%;
        background: $panel;
        color: $foreground;
    }
    """
    ALLOW_SELECT = False

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> RenderResult:
        line = Content("")
        for start, part, _ in self._parts():
            line = Content.assemble(line, " " * (start - line.cell_length), part)
        return line

    async def on_click(self, event: Click) -> None:
        event.stop()
        for start, part, active in self._parts():
            if start <= event.x < start + part.cell_length:
                await self.app.run_action(active.binding.action, active.node)

    def _parts(self) -> Iterator[tuple[int, Content, ActiveBinding]]:
        """(column, text, what it stands for), as far as there is room."""
        shown = self._shown()
        last = [active for active in shown if active.binding.id == _LAST]
        column, end = 1, self.size.width
        reserved = sum(_text(active).cell_length + _GAP for active in last)
        for active in [*(each for each in shown if each not in last), *last]:
            text = _text(active)
            if active in last:
                reserved = 0
            if column + text.cell_length + reserved > end:
                continue
            yield column, text, active
            column += text.cell_length + _GAP

    def _shown(self) -> list[ActiveBinding]:
        """Once each: alternatives of one action are one entry."""
        seen: dict[str, ActiveBinding] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.enabled and active.binding.description:
                seen.setdefault(active.binding.action, active)
        return sorted(seen.values(), key=_nearness)


def _nearness(active: ActiveBinding) -> tuple[int, int]:
    """What has the focus comes first, the app last; each in the order of the table of actions."""
    place = _PLACES.get(active.binding.id or "", -1)
    return -len(list(active.node.ancestors)), place


def _text(active: ActiveBinding) -> Content:
    key, text = key_name(active.binding.key), tr(active.binding.description)
    return Content.assemble((key, "bold $accent"), " ", text)

"""The conversation on screen: a window of mounted messages over a path of any length."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from textual import on, work
from textual.app import ComposeResult
from textual.events import Resize
from textual.widget import Widget

from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.transcript.answer import Answer
from yi_local.tui.widgets.transcript.edge import Edge
from yi_local.tui.widgets.transcript.entry import Entry, Source
from yi_local.tui.widgets.transcript.question import Question
from yi_local.tui.widgets.transcript.reading_place import ReadingPlace
from yi_local.tui.widgets.transcript.turn import Turn
from yi_local.tui.widgets.transcript.window import (
    STEP,
    Side,
    View,
    Window,
    estimated_rows,
    lacking,
    superfluous,
)

_REMOVED_AT_ONCE = 3
_HIT_ROW = 2  # of the view: where a message that was looked for stands


class Transcript(TellsTrouble, ReadingPlace):
    """Reads from its source what it mounts, mounts what is near the view, unmounts the rest.

    `show` another conversation, or another place of it; `renew` after the path has changed.
    """

    DEFAULT_CSS = """
    Transcript {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    """

    def __init__(self, own_keys: Callable[[], Mapping[str, str]] = dict) -> None:
        """`own_keys` are those that a person has changed, by the actions' ids."""
        super().__init__()
        self._own_keys = own_keys
        self._source: Source | None = None
        self._ids: tuple[int, ...] = ()
        self._first = self._last = 0
        self._filling = False
        self._earlier, self._later = Edge(later=False), Edge(later=True)

    def compose(self) -> ComposeResult:
        yield self._earlier
        yield self._later

    # -- what is shown

    @property
    def window(self) -> Window:
        return Window(self._first, self._last, len(self._ids))

    @property
    def ends_here(self) -> bool:
        return self.window.is_at_end

    def is_text(self, widget: Widget) -> bool:
        return isinstance(widget, Turn)

    @property
    def turns(self) -> list[Turn]:
        """The mounted ones, the oldest first."""
        return [child for child in self.children if isinstance(child, Turn)]

    def turn(self, node_id: int) -> Turn | None:
        """Where it is mounted."""
        return next((turn for turn in self.turns if turn.node_id == node_id), None)

    async def show(self, source: Source | None, node_id: int | None = None) -> None:
        """From its end, or around one of its messages."""
        async with self.lock:
            with self.app.batch_update():
                await self._take_away(self.turns)
                self.begin_anew()
                self._source = source
                self._ids = source.ids if source is not None else ()
                at = self._ids.index(node_id) if node_id in self._ids else len(self._ids)
                self._first = self._last = at
                self._count()
            self.following = at == len(self._ids)
            if not self.following:
                await self.wait_for_refresh()  # what was taken away costs a layout of its own
                await self._mount_step("later", most=1)
                if turn := self.turn(self._ids[at]):
                    self.hold(turn, _HIT_ROW)
        self.look()

    async def renew(self, source: Source, *, follow: bool | None = None) -> None:
        """The path has changed from some message on: what it has in common stays as it is.

        `follow` goes to the end; False lets the first new message take the place of the one that
        stood there; None does what the reader does: follows where the end was followed.
        """
        async with self.lock:
            common = _common(self._ids, source.ids)
            at_end = self.following if follow is None else follow
            jump = self._source is None or common < self._first or (at_end and common > self._last)
            if not jump:
                await self._replace(source, common, at_end)
        if jump:
            await self.show(source)
        self.look()

    def changed(self, entries: Iterable[Entry]) -> None:
        """Something else is known of these messages, where they are mounted."""
        for entry in entries:
            if turn := self.turn(entry.node.id):
                turn.show(entry)

    # -- moving

    async def to_first(self) -> None:
        if self._source is not None and self._ids:
            if self._first > 0:
                await self.show(self._source, self._ids[0])
            self.scroll_home(animate=False)
            self.turns[0].focus(scroll_visible=False)

    async def to_last(self) -> None:
        if self._source is not None and self._ids:
            if not self.window.is_at_end:
                await self.show(self._source)
            self.follow()

    def step_from(self, turn: Turn, rows: int) -> Turn | None:
        """Scrolls where the message goes on beyond the view, else the next one gets the focus.

        Returns the one that has it then, None at the end.
        """
        region, top, height = self.regions.get(turn), round(self.scroll_y), self.size.height
        if region is not None and rows > 0 and region.bottom > top + height:
            self.scroll_to(y=top + min(rows, region.bottom - top - height), animate=False)
            return turn
        if region is not None and rows < 0 and region.y < top:
            self.scroll_to(y=top - min(-rows, top - region.y), animate=False)
            return turn
        turns = self.turns
        at = turns.index(turn) + (1 if rows > 0 else -1)
        if not 0 <= at < len(turns):
            return None if rows > 0 else turn
        self._bring(turns[at], from_below=rows < 0)
        return turns[at]

    def focus_last(self) -> None:
        if turns := self.turns:
            self.follow()
            turns[-1].focus(scroll_visible=False)

    def tell_keys(self) -> None:
        """They may have changed: whoever names one names it anew."""
        for turn in self.turns:
            if isinstance(turn, Answer):
                turn.show(turn.entry)

    # -- inside

    @on(Edge.Reached)
    @on(Resize)
    def look(self) -> None:
        """Mounts what is lacking: also after the screen was covered, when nothing is laid out."""
        if not self._filling and self.is_mounted:
            self._filling = True
            self._fill()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if lacking(self.window, self._view) is not None:
            self.look()

    @property
    def _view(self) -> View:
        return View(self.rows, round(self.scroll_y), self.size.height)

    @work(exit_on_error=False, group="fill")
    async def _fill(self) -> None:
        try:
            while self.screen.is_current and (side := lacking(self.window, self._view)):
                async with self.lock:
                    await self._mount_step(side)
            async with self.lock:
                await self._prune()
        finally:
            self._filling = False

    async def _mount_step(self, side: Side, most: int = STEP) -> None:
        """About as many as a screen takes, with the lock held; then they have their places."""
        source, (first, last) = self._source, self.window.step(side)
        if source is None or first == last:
            return
        entries = await source.entries(first, last)
        if side == "earlier":
            entries.reverse()
        rows = 0
        for entry in entries[:most]:
            await self._mount_turn(entry, side)
            rows += estimated_rows(entry.node.message.content, self.size.width)
            if rows > self.size.height:
                break
        await self.wait_for_refresh()

    async def _mount_turn(self, entry: Entry, side: Side) -> None:
        turn = self._turn(entry)
        if side == "earlier":
            await self.mount(turn, after=self._earlier)
            self._first -= 1
        else:
            await self.mount(turn, before=self._later)
            self._last += 1
        self._count()
        if isinstance(turn, Answer):
            await turn.filled()

    async def _take_away(self, turns: list[Turn]) -> None:
        """A few at a time: each takes dozens of widgets with it."""
        for at in range(0, len(turns), _REMOVED_AT_ONCE):
            await self.remove_children(turns[at : at + _REMOVED_AT_ONCE])
            await asyncio.sleep(0)

    async def _prune(self) -> None:
        turns = self.turns
        heights = [self.regions[turn].height if turn in self.regions else 0 for turn in turns]
        above, below = superfluous(heights, self._view)
        gone = [*turns[:above], *turns[len(turns) - below :]]
        if gone:
            with self.app.batch_update():
                await self._take_away(gone)
                self._first, self._last = self._first + above, self._last - below
                self._count()

    async def _replace(self, source: Source, common: int, at_end: bool) -> None:
        """The lock is held; the path changes within the window, or right behind it."""
        going = self.turns[max(common - self._first, 0) :]
        row = None
        if going and not at_end and (region := self.regions.get(going[0])):
            row = region.y - round(self.scroll_y)
        entries = []
        if self._last >= common:
            entries = await source.entries(common, min(len(source.ids), common + 2))
        with self.app.batch_update():
            await self._take_away(going)
            self._source, self._ids = source, source.ids
            self._last = min(self._last, common)
            for entry in entries:
                await self.mount(turn := self._turn(entry), before=self._later)
                self._last += 1
                if row is not None:
                    self.hold(turn, row)
                    row = None
            if at_end:
                self.following = True
            self._count()

    def _bring(self, turn: Turn, *, from_below: bool) -> None:
        """Its beginning, or its end when one comes from below, is seen."""
        turn.focus(scroll_visible=False)
        region, height = self.regions.get(turn), self.size.height
        if region is None:
            return
        top = round(self.scroll_y)
        if from_below and region.y < top:
            self.scroll_to(y=max(region.bottom - height, 0), animate=False)
            if region.height <= height:
                self.scroll_to(y=region.y, animate=False)
        elif not from_below and region.bottom > top + height:
            self.scroll_to(y=min(region.y, region.bottom - height), animate=False)

    def _turn(self, entry: Entry) -> Turn:
        is_question = entry.node.message.role == "user"
        return Question(entry) if is_question else Answer(entry, self._own_keys)

    def _count(self) -> None:
        self._earlier.count(self._first)
        self._later.count(len(self._ids) - self._last)


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many ids both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))

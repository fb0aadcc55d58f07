"""What repositories offer: asked in a thread, shown as it becomes known, downloaded from."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from yi_local.assistant.downloads.item import Item
from yi_local.assistant.welcome.catalogue_fit import Fit
from yi_local.errors import YiLocalError
from yi_local.hub.library.library import LibraryEntry
from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.messages import UseModel
from yi_local.tui.models.finding import find_fits
from yi_local.tui.models.keeping import Keeping
from yi_local.tui.models.offers import (
    Event,
    OfferState,
    Target,
    entry_of,
    events_of,
    item_of,
    path_of,
)
from yi_local.tui.services import Services
from yi_local.tui.widgets.models.catalogue_pane import CataloguePane
from yi_local.tui.widgets.models.here_pane import HerePane
from yi_local.tui.widgets.models.offer_pane import Around, OfferPane


class Offering(Keeping):
    """Remembers what repositories have answered, for as long as the app runs."""

    @dataclass
    class Told(Message):
        state: OfferState
        event: Event

    @dataclass
    class Ended(Message):
        """Everything is known that will be."""

        state: OfferState
        error: YiLocalError | None

    @dataclass
    class Fitted(Message):
        fits: Mapping[str, Fit]

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._fits_asked = False
        self._offers: dict[str, OfferState] = {}
        self._items: tuple[Item, ...] = ()
        self._found: tuple[object, dict[str, LibraryEntry]] = (None, {})

    @property
    def offer_pane(self) -> OfferPane:
        return self.query_one(OfferPane)

    @property
    def shown_offer(self) -> OfferState | None:
        """Whose quants are on the screen."""
        raise NotImplementedError

    def show_offer(self, state: OfferState) -> None:
        """Beside the list, as far as it is known."""
        raise NotImplementedError

    def offer_for(self, target: Target) -> OfferState | None:
        """What is known of it already."""
        return self._offers.get(target.key)

    def forget_offer(self, state: OfferState) -> None:
        """The next time it is asked for again."""
        self._offers.pop(state.target.key, None)

    def open_offer(self, target: Target) -> None:
        """Asks, where it has not been answered before."""
        state = self._offers.get(target.key)
        if state is None or state.error is not None:
            state = self._offers[target.key] = OfferState(target)
        self.show_offer(state)
        if state.is_reading:
            self._ask(state)
        self.offer_pane.table.focus()

    def show_fits(self) -> None:
        """What of the catalogue fits here, asked once."""
        if not self._fits_asked:
            self._fits_asked = True
            self._find_fits()

    @work(thread=True, exit_on_error=False, group="fits")
    def _find_fits(self) -> None:
        self.post_message(self.Fitted(find_fits(self.services)))

    @on(Fitted)
    def _fitted(self, event: Fitted) -> None:
        self.query_one(CataloguePane).show_fits(event.fits)

    # -- actions

    def download_current(self) -> bool:
        """False where no quant is shown."""
        state, group = self.shown_offer, self.offer_pane.current
        if state is None or group is None:
            return False
        entry = entry_of(self.known, state.target, group)
        if entry is not None:
            name = clean(entry.name)
            self.app.notify(tr("{name} is here already.", name=name), markup=False)
        else:
            self.download(state, group, ask=False)
        return True

    @on(OfferPane.Chosen)
    def _quant_chosen(self, event: OfferPane.Chosen) -> None:
        """What is here is talked with; what is not can be had."""
        state = self.shown_offer
        if state is None:
            return
        entry = entry_of(self.known, state.target, event.group)
        if entry is not None:
            self.use(entry)
        else:
            self.download(state, event.group, ask=True)

    def use(self, entry: LibraryEntry) -> None:
        if entry.trouble is not None:
            why = clean(f"{entry.trouble} {entry.hint or ''}")
            self.app.notify(why, severity="error", markup=False)
        else:
            self.post_message(UseModel(str(entry.path)))

    # -- what becomes known

    def show_downloads(self, items: Sequence[Item]) -> None:
        done = {item.key for item in self._items if item.state == "done"}
        self._items = tuple(items)
        super().show_downloads(items)
        if not self.is_filled:
            return
        self._show_again()
        if any(item.state == "done" and item.key not in done for item in items):
            self.here.reload()

    @on(HerePane.Read)
    def _library_read(self) -> None:
        self._show_again()

    def around(self, state: OfferState) -> Around:
        items = {}
        for group in state.groups if self._items else ():
            if state.listing and (item := item_of(self._items, state.listing, group)):
                items[path_of(group)] = item
        return Around(self._entries(state), items)

    def _entries(self, state: OfferState) -> dict[str, LibraryEntry]:
        """Looked up again only where the library or the listing is another one."""
        asked = (id(state), id(state.listing), id(self.known))
        if self._found[0] != asked:
            found = {}
            for group in state.groups:
                if (entry := entry_of(self.known, state.target, group)) is not None:
                    found[path_of(group)] = entry
            self._found = (asked, found)
        return self._found[1]

    @work(thread=True, exclusive=True, exit_on_error=False, group="offer")
    def _ask(self, state: OfferState) -> None:
        """One at a time: who looks at another repository does not wait for this one."""
        worker = get_current_worker()
        error = None
        try:
            with closing(events_of(self.services, state.target)) as events:
                for event in events:
                    if worker.is_cancelled:
                        break
                    self.post_message(self.Told(state, event))
        except YiLocalError as caught:
            error = caught
        if worker.is_cancelled:
            error = YiLocalError(tr("Stopped; Enter goes on."))
        self.post_message(self.Ended(state, error))

    @on(Told)
    def _told(self, event: Told) -> None:
        event.state.take(event.event)
        self._show_again(event.state)

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        event.state.is_reading = False
        event.state.error = event.error
        self._show_again(event.state)

    def _show_again(self, state: OfferState | None = None) -> None:
        shown = self.shown_offer
        if shown is not None and state in (None, shown):
            self.offer_pane.show(shown, self.around(shown))
            self.refresh_bindings()

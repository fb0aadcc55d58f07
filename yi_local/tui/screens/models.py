"""The Models part of the app: what is here, what is to be had, what is on its way."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.events import ScreenResume
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from yi_local.assistant.models.library import open_library
from yi_local.errors import YiLocalError
from yi_local.hub.library.library import LibraryEntry
from yi_local.tui import keys
from yi_local.tui.models.about import about_found, about_model
from yi_local.tui.models.finding import of_entry, of_found, of_model, of_name, search_hub
from yi_local.tui.models.offering import Offering
from yi_local.tui.models.offers import OfferState, Target
from yi_local.tui.services import Services
from yi_local.tui.widgets.models.catalogue_pane import CataloguePane
from yi_local.tui.widgets.models.download_strip import DownloadStrip
from yi_local.tui.widgets.models.facts import Facts, Line
from yi_local.tui.widgets.models.here_pane import HerePane
from yi_local.tui.widgets.models.hub_pane import HubPane
from yi_local.tui.widgets.models.list_pane import ListPane
from yi_local.tui.widgets.models.list_tabs import ListTabs
from yi_local.tui.widgets.models.offer_pane import OfferPane
from yi_local.tui.widgets.models.row_table import RowTable

_OF_HERE = frozenset({"remove", "verify", "update", "details"})
_OF_QUEUE = frozenset({"pause", "cancel"})


class ModelsScreen(Offering):
    """Three lists of which one is shown, the details of what is selected in it, the queue."""

    MODE: ClassVar[str] = "models"
    AUTO_FOCUS = "#here-table"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("models")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual's own
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]  # noqa: RUF012 - all styles at once
    DEFAULT_CSS = """
    ModelsScreen {
        #models-body { height: 1fr; layout: vertical; }
        #lists { height: 2fr; }
        #details { height: 3fr; border-top: solid $panel; }
        #details:focus-within { height: 6fr; }
        #facts-pane { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        &.-low OfferPane {
            #offer-about { max-height: 1; }
            #quants { max-height: 50%; }
            #offer-why { margin-top: 0; }
        }
        &.-wide {
            #models-body { layout: horizontal; }
            #lists { width: 1fr; height: 1fr; }
            #details, #details:focus-within { width: 1fr; height: 1fr; }
            #details { border-top: none; border-left: solid $panel; }
        }
    }
    """

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._list = "here"
        self._shown: OfferState | None = None
        self._folders = services.settings.model_folders
        self._wanted: str | None = None  # to be shown when the screen is there

    def body(self) -> list[Widget]:
        lists = ContentSwitcher(
            HerePane(open_library),
            CataloguePane(self.services.catalogue),
            HubPane(partial(search_hub, self.services)),
            id="lists",
            initial="here",
        )
        details = Vertical(
            OfferPane(), VerticalScroll(Facts(id="facts"), id="facts-pane"), id="details"
        )
        return [ListTabs(), Container(lists, details, id="models-body"), DownloadStrip()]

    def on_mount(self) -> None:
        self.is_filled = True
        self.show_downloads(self.services.downloads.snapshot())
        self._show_facts([])
        if self._wanted is not None:
            self.show(self._wanted)

    @on(ScreenResume)
    def _look_again(self) -> None:
        """Where the settings have come to name other folders."""
        folders = self.services.settings.model_folders
        if folders != self._folders:
            self._folders = folders
            self.here.reload()

    def show(self, name: str) -> None:
        """A model of the catalogue, or a repository, with its quants; else what is called so."""
        if not self.is_filled:
            self._wanted = name
            return
        self._wanted = None
        model = self.services.catalogue.by_id(name)
        target = of_model(model) if model is not None else self._named(name)
        if model is not None:
            self._turn_to("catalogue")
            self.query_one(CataloguePane).go_to(model.id)
        else:
            self._turn_to("here" if target is None else "hub")
            self.here.go_to(name)
        if target is not None:
            self.open_offer(target)

    def _named(self, name: str) -> Target | None:
        try:
            return of_name(name, self.services.catalogue)
        except YiLocalError as error:
            self.tell(error)
            return None

    # -- the lists

    def action_here(self) -> None:
        self._turn_to("here")

    def action_catalogue(self) -> None:
        self._turn_to("catalogue")

    def action_hub(self) -> None:
        self._turn_to("hub")

    @on(ListTabs.Chosen)
    def _tab_chosen(self, event: ListTabs.Chosen) -> None:
        self._turn_to(event.name)

    def _turn_to(self, name: str) -> None:
        self._list = name
        self.query_one(ListTabs).current = name
        self.query_one("#lists", ContentSwitcher).current = name
        if name == "catalogue":
            self.show_fits()
        self._focus_list()
        self._show_current()

    def _focus_list(self) -> None:
        hub = self.query_one(HubPane)
        if self._list == "hub" and hub.current is None:
            hub.words.focus()
        else:
            self.query_one(f"#{self._list}-table", RowTable).focus()

    @on(ListPane.Selected)
    def _selected(self, event: ListPane.Selected) -> None:
        """Lists that are not shown are filled too; and an offer stays while its row is selected."""
        if event.pane.id != self._list:
            return
        target = self._target()
        if self._shown is None or target is None or target.key != self._shown.target.key:
            self._show_current()

    @on(ListPane.Chosen)
    def _chosen(self, event: ListPane.Chosen) -> None:
        """What is here is talked with; of the rest it is shown what there is of it."""
        entry, target = self.here.current, self._target()
        if event.pane is not self.here:
            if target is not None:
                self.open_offer(target)
        elif entry is not None:
            self.use(entry)

    # -- the details

    @property
    def shown_offer(self) -> OfferState | None:
        return self._shown

    def show_offer(self, state: OfferState) -> None:
        self._shown = state
        self.query_one("#facts-pane").display = False
        self.offer_pane.display = True
        self.offer_pane.show(state, self.around(state))
        self.refresh_bindings()

    def show_entry(self, entry: LibraryEntry) -> None:
        if self._list == "here" and self._shown is None and entry is self.here.current:
            self._show_facts(self.entry_lines(entry))

    def _show_current(self) -> None:
        """What is selected in the list that is shown, and nothing of what was asked before."""
        target = self._target()
        state = self.offer_for(target) if target is not None and self._list != "here" else None
        if state is not None:
            self.show_offer(state)
            return
        self._shown = None
        if self._list == "here":
            entry = self.here.current
            self._show_facts(self.entry_lines(entry) if entry is not None else [])
            if entry is not None:
                self.read_card(entry)
        elif self._list == "catalogue":
            model = self.query_one(CataloguePane).current
            self._show_facts(about_model(model) if model is not None else [])
        else:
            found = self.query_one(HubPane).current
            self._show_facts(about_found(found) if found is not None else [])

    def _show_facts(self, lines: Sequence[Line]) -> None:
        self.offer_pane.display = False
        self.query_one("#facts-pane").display = True
        self.query_one("#facts", Facts).show(lines)
        self.refresh_bindings()

    def _target(self) -> Target | None:
        """The repository of what is selected."""
        catalogue = self.services.catalogue
        if self._list == "here":
            entry = self.here.current
            return of_entry(entry, catalogue) if entry is not None else None
        if self._list == "catalogue":
            model = self.query_one(CataloguePane).current
            return of_model(model) if model is not None else None
        found = self.query_one(HubPane).current
        return of_found(found, catalogue) if found is not None else None

    # -- actions

    def action_search(self) -> None:
        self._turn_to("hub")
        self.query_one(HubPane).words.focus()

    def action_download(self) -> None:
        """Of what is only listed, first what there is of it."""
        target = self._target()
        if not self.download_current() and target is not None:
            self.open_offer(target)

    def action_use(self) -> None:
        entry = self.here.current
        if self._list == "here" and self._shown is None and entry is not None:
            self.use(entry)

    def action_reload(self) -> None:
        self.here.reload()
        state = self._shown
        if state is not None:
            self.forget_offer(state)
            self.open_offer(state.target)

    def action_back(self) -> None:
        """What goes on is stopped; else the cursor goes back to the list."""
        if not self.stop_verifying():
            self.query_one(HubPane).stop()
            self._focus_list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are not shown."""
        if not self.is_filled:
            return True
        if action in _OF_HERE:
            return self._list == "here" and self._shown is None and self.here.current is not None
        if action in _OF_QUEUE:
            return self.strip.current is not None
        if action == "download":
            return self._shown is not None or self._target() is not None
        return True

"""The download queue as the whole app sees it: a remark in the bar, a word when one has ended."""

from collections.abc import Iterable

from textual import on, work
from textual.app import App
from textual.events import Mount, Unmount
from textual.worker import get_current_worker

from yi_local.assistant.downloads.item import Item
from yi_local.assistant.downloads.words import remark
from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.messages import DownloadsChanged, UseModel
from yi_local.tui.screens.part import Part
from yi_local.tui.services import Services

_STAYS_S = 15.0  # that one which has come is seen in the queue


class WatchesDownloads(App[None]):
    """Watches the queue from its start to its end, whatever part is shown."""

    services: Services
    downloads: tuple[Item, ...] = ()  # as they were told last
    remarked: str = ""

    def made_parts(self) -> Iterable[Part]:
        raise NotImplementedError

    @on(Mount)
    def _begin_watching(self) -> None:
        """After the first paint, for the queue brings much code with it."""
        self.call_after_refresh(self._watch_downloads)

    @on(Unmount)
    def _end_watching(self) -> None:
        self.services.downloads.close()

    @work(thread=True, exit_on_error=False, group="downloads")
    def _watch_downloads(self) -> None:
        worker = get_current_worker()
        for items in self.services.downloads.watch():
            if worker.is_cancelled:
                return
            self.post_message(DownloadsChanged(items))

    @on(DownloadsChanged)
    def _show_downloads(self, message: DownloadsChanged) -> None:
        if not self.is_running:
            return  # it ends: its parts are being taken apart
        before = {item.key: item.state for item in self.downloads}
        self.downloads = message.items
        told = remark(message.items)
        for part in self.made_parts():
            if told != self.remarked:  # else it would wipe away what others say there
                part.remark(told)
            part.show_downloads(message.items)
        self.remarked = told
        for item in message.items:
            if before.get(item.key, item.state) != item.state:
                self._tell_ended(item)

    def _tell_ended(self, item: Item) -> None:
        name = clean(item.name)
        if item.state == "done":
            self.notify(tr("{name} is here.", name=name), markup=False)
            self.set_timer(_STAYS_S, self.services.downloads.forget_done)
            if item.then_chat and item.path is not None:
                self.post_message(UseModel(str(item.path)))
        elif item.state == "failed":
            told = tr("{name} was not downloaded: {why}", name=name, why=clean(item.detail))
            self.notify(told, severity="error", markup=False)

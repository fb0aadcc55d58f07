"""Downloads, asked for and steered by keys: what the Models part does with the queue."""

import asyncio
from collections.abc import Sequence

from textual import work

from yi_local.assistant.downloads.item import Item
from yi_local.assistant.downloads.room import room_for
from yi_local.errors import YiLocalError
from yi_local.hub.repo import Listing, ModelGroup
from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.dialogs.cancel_download import DELETE, KEEP, cancel_dialog
from yi_local.tui.dialogs.licence import THEN_CHAT, Deal, licence_dialog
from yi_local.tui.models.offers import OfferState
from yi_local.tui.screens.part import Part
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.models.download_strip import DownloadStrip

_MET = "licence:{key}"  # a note: the licence that was agreed to, for each repository


class Downloading(TellsTrouble, Part):
    """The queue may wait for the disk, so everything that changes it happens in a thread."""

    is_filled = False  # its widgets are there

    def show_downloads(self, items: Sequence[Item]) -> None:
        """After each change of the queue."""
        if self.is_filled:
            self.strip.show(items)
            self.refresh_bindings()

    @property
    def strip(self) -> DownloadStrip:
        return self.query_one(DownloadStrip)

    # -- actions

    @work(exit_on_error=False, group="queue")
    async def action_pause(self) -> None:
        item = self.strip.current
        if item is None:
            return
        queue = self.services.downloads
        await asyncio.to_thread(queue.pause if item.is_under_way else queue.resume, item.key)

    @work(exit_on_error=False, group="queue")
    async def action_cancel(self) -> None:
        item = self.strip.current
        if item is None:
            return
        queue, delete = self.services.downloads, True
        if item.done_bytes and item.state != "done":
            answer = await self.app.push_screen_wait(cancel_dialog(item))
            if answer not in (DELETE, KEEP):
                return
            delete = answer == DELETE
        await asyncio.to_thread(queue.cancel, item.key, delete_partial=delete)

    # -- for the screens

    @work(exit_on_error=False, group="ask")
    async def download(self, state: OfferState, group: ModelGroup, *, ask: bool) -> None:
        """Asks where that is wished, and the first time that a repository's licence is met."""
        listing = state.listing
        if listing is None:
            return
        deal = await asyncio.to_thread(self._deal, state, listing, group)
        answer: str | None = None
        if ask or not deal.is_met:
            answer = await self.app.push_screen_wait(licence_dialog(deal))
            if answer is None:
                return
            await asyncio.to_thread(self._remember, state, deal)
        await asyncio.to_thread(
            self.services.downloads.add, listing, group, then_chat=answer == THEN_CHAT
        )
        name = clean(group.quant or group.name)
        self.app.notify(tr("{name} is in the queue.", name=name), markup=False)

    def _deal(self, state: OfferState, listing: Listing, group: ModelGroup) -> Deal:
        """Reads the disk and the store."""
        with self.services.sources() as sources:
            room = room_for(sources, listing, group)
        model = state.target.model
        try:
            met = self.services.store.note(_MET.format(key=state.target.key))
        except YiLocalError:  # a store in use: asking twice is no harm
            met = None
        return Deal(
            listing,
            group,
            room,
            licence=state.licence,
            known=model.licence if model is not None else None,
            is_met=met is not None and met == (state.licence or ""),
        )

    def _remember(self, state: OfferState, deal: Deal) -> None:
        self.services.store.keep_note(_MET.format(key=state.target.key), deal.licence or "")

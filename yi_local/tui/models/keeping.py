"""What is done with a model that is on this machine: looked at, verified, removed, compared."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from yi_local.assistant.card.card_reading import read_card
from yi_local.assistant.models.freshness import Freshness, freshness
from yi_local.assistant.models.library import is_demo
from yi_local.assistant.models.place_words import program_of, short_path, store_of
from yi_local.assistant.models.verification import Checked, check, copies, outcome_words
from yi_local.errors import Cancelled, YiLocalError
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.hub.library.removal import Removed, removal
from yi_local.hub.library.removal import remove as delete
from yi_local.hub.library.removal_plan import Removal
from yi_local.language import tr, trn
from yi_local.text import clean, human_bytes, one_line
from yi_local.tui.dialogs.model_details import ModelDetails, card_lines
from yi_local.tui.dialogs.remove_model import REMOVE, remove_dialog
from yi_local.tui.models.downloading import Downloading
from yi_local.tui.own_keys import key_of
from yi_local.tui.services import Services
from yi_local.tui.widgets.models.facts import Line
from yi_local.tui.widgets.models.here_pane import HerePane

_REST_S = 0.15  # that the cursor stays on a row before its file is opened


class Keeping(Downloading):
    """`_verified` and `_cards` are by the entries' paths, for as long as the app runs."""

    @dataclass
    class Verifying(Message):
        path: str
        percent: int

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Keeping.Verifying)

    @dataclass
    class Verified(Message):
        path: str
        checked: tuple[Checked, ...]  # none: it was stopped

    @dataclass
    class Compared(Message):
        found: Mapping[str, Freshness]

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._verified: dict[str, list[Line]] = {}
        self._cards: dict[str, list[Line]] = {}

    def show_entry(self, entry: LibraryEntry) -> None:
        """Its facts have changed: to be shown anew where they are shown."""
        raise NotImplementedError

    @property
    def here(self) -> HerePane:
        return self.query_one(HerePane)

    @property
    def known(self) -> Library:
        return self.here.known

    # -- looking

    @work(exclusive=True, exit_on_error=False, group="card")
    async def read_card(self, entry: LibraryEntry) -> None:
        """For the pane beside the list, when the cursor rests."""
        await asyncio.sleep(_REST_S)
        card = await asyncio.to_thread(read_card, entry, self.services.catalogue)
        self._cards[str(entry.path)] = card_lines(card)
        self.show_entry(entry)

    @work(exclusive=True, exit_on_error=False, group="details")
    async def action_details(self) -> None:
        entry = self.here.current
        if entry is not None:
            card = await asyncio.to_thread(read_card, entry, self.services.catalogue)
            self.app.push_screen(ModelDetails(card))

    def entry_lines(self, entry: LibraryEntry) -> list[Line]:
        """What verifying says comes first: it was asked for."""
        path = str(entry.path)
        lines: list[Line] = ["# " + one_line(entry.name)]
        lines += self._verified.get(path, [])
        card = self._cards.get(path)
        return [*lines, *(card if card is not None else _at_once(entry))]

    # -- verifying

    def action_verify(self) -> None:
        entry = self.here.current
        if entry is not None and entry.model.pointer is None:
            self._verify(entry)

    def stop_verifying(self) -> bool:
        """Whether anything was being verified."""
        running = [each for each in self.workers if each.group == "verify" and each.is_running]
        self.workers.cancel_group(self, "verify")
        return bool(running)

    @work(thread=True, exclusive=True, exit_on_error=False, group="verify")
    def _verify(self, entry: LibraryEntry) -> None:
        worker, path = get_current_worker(), str(entry.path)
        percent = -1

        def told(done: int, total: int) -> None:
            if worker.is_cancelled:
                raise Cancelled(tr("Stopped."))
            nonlocal percent
            now = 100 * done // max(total, done, 1)
            if now != percent:
                percent = now
                self.post_message(self.Verifying(path, percent))

        found: list[Checked] = []
        for place in copies(entry):
            found.append(check(entry, place, self.services.catalogue, told))
            if isinstance(found[-1].error, Cancelled):
                found.clear()
                break
        self.post_message(self.Verified(path, tuple(found)))

    @on(Verifying)
    def _is_verifying(self, event: Verifying) -> None:
        told = tr("Verifying: {n} %; Escape stops it.", n=event.percent)
        self._tell_verified(event.path, [told, ""])

    @on(Verified)
    def _was_verified(self, event: Verified) -> None:
        lines: list[Line] = [
            (program_of(each.place), outcome_words(each)) for each in event.checked
        ]
        self._tell_verified(event.path, [*lines, ""] if lines else [])
        for each in event.checked:
            is_good = each.outcome in ("whole", "unknown")
            self.app.notify(
                clean(f"{each.name}: {outcome_words(each)}"),
                title=tr("Verified"),
                severity="information" if is_good else "error",
                markup=False,
            )
        if event.checked:  # what it measured makes twins known
            self.here.reload()

    def _tell_verified(self, path: str, lines: list[Line]) -> None:
        self._verified[path] = lines
        entry = self.here.current
        if entry is not None and str(entry.path) == path:
            self.show_entry(entry)

    # -- comparing with where they came from

    @work(thread=True, exclusive=True, exit_on_error=False, group="freshness")
    def action_update(self) -> None:
        with self.services.sources() as sources:
            if sources.offline:
                raise YiLocalError(tr("Offline, nobody can be asked what has changed."))
            found = {str(each.entry.path): each for each in freshness(sources, self.known.entries)}
        self.post_message(self.Compared(found))

    @on(Compared)
    def _was_compared(self, event: Compared) -> None:
        self.here.show_freshness(event.found)
        download = key_of("models.download", self.services.settings.keys)
        self.app.notify(_compared(tuple(event.found.values()), download), markup=False)

    # -- removing

    @work(exclusive=True, exit_on_error=False, group="remove")
    async def action_remove(self) -> None:
        entry = self.here.current
        if entry is None:
            return
        plan = await asyncio.to_thread(_removal, entry, self.known)
        answer = await self.app.push_screen_wait(remove_dialog(entry, plan))
        if answer != REMOVE:
            return
        removed = await asyncio.to_thread(delete, plan)
        self._tell_removed(removed)
        self.here.reload()

    def _tell_removed(self, removed: Removed) -> None:
        if removed.failed:
            failed = removed.failed[0]
            raise YiLocalError(
                tr(
                    "{path} could not be deleted: {reason}.",
                    path=short_path(failed.path),
                    reason=failed.why.rstrip("."),
                )
            )
        size = human_bytes(removed.freed_bytes)
        self.app.notify(tr("Deleted; {size} are free again.", size=size), markup=False)


def _at_once(entry: LibraryEntry) -> list[Line]:
    """Until its headers are read."""
    lines: list[Line] = [(tr("size"), human_bytes(entry.size_bytes))]
    lines += [(store_of(place), short_path(place.path)) for place in entry.places]
    return lines


def _removal(entry: LibraryEntry, known: Library) -> Removal:
    """Also from a person's own folders, for the dialog shows each path; never what came by pip."""
    own = not any(is_demo(place) for place in entry.places)
    return removal(entry.places, known, also_user_folders=own)


def _compared(found: tuple[Freshness, ...], download: str) -> str:
    """`download` is the key that does it."""
    if not found:
        return tr("Nothing here came from a repository.")
    changed = sum(each.state == "changed" for each in found)
    if changed:
        return trn(
            "{n} model is newer on the Hub: {key} downloads it.",
            "{n} models are newer on the Hub: {key} downloads them.",
            changed,
            key=download,
        )
    unknown = next((each for each in found if each.state == "unknown"), None)
    if unknown is not None:
        return clean(f"{unknown.entry.name}: {unknown.why}")
    return tr("All {n} are as they are where they came from.", n=len(found))

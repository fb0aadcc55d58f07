"""Which model shall answer: open ones, those on the disk, on other servers, in the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on, work
from textual.message import Message

from yi_local.engine.elsewhere.access import Access
from yi_local.language import tr
from yi_local.tui.choices import ModelChoice, as_picks
from yi_local.tui.dialogs.pick import PickDialog
from yi_local.tui.elsewhere import Looked, lines, look
from yi_local.tui.messages import ShowModel
from yi_local.tui.widgets.pick_list import Pick


class ModelDialog(PickDialog):
    """Returns the name of one that answers; one to be fetched is shown in the Models part.

    Other servers are asked while it is open: nobody waits for them.
    """

    @dataclass
    class Found(Message):
        looked: Looked

    def __init__(
        self,
        entries: Sequence[ModelChoice],
        servers: Sequence[str] = (),
        access: Access | None = None,
    ) -> None:
        self._here = entries
        self._elsewhere = {url: Looked(url) for url in servers}
        self._access = access or Access()
        super().__init__(tr("Model"), self._picks(), placeholder=tr("Filter"))

    @property
    def titles(self) -> dict[str, str]:
        """By name, of all that can be chosen."""
        return {entry.name: entry.title for entry in self._entries()}

    def on_mount(self) -> None:
        for url in self._elsewhere:
            self._look(url)

    @work(thread=True, exit_on_error=False, group="elsewhere")
    def _look(self, url: str) -> None:
        self.post_message(self.Found(look(url, self._access)))

    @on(Found)
    def _found(self, event: Found) -> None:
        self._elsewhere[event.looked.url] = event.looked
        self.offer(self._picks(), keep=True)

    def chosen(self, pick_id: str) -> str | None:
        state = next(entry.state for entry in self._entries() if entry.name == pick_id)
        if state != "fetch":
            return pick_id
        self.post_message(ShowModel(pick_id))
        return None

    # -- inside

    def _entries(self) -> list[ModelChoice]:
        """Each name once: two addresses may lead to one server."""
        found = [each for looked in self._elsewhere.values() for each in looked.choices or ()]
        here = [entry for entry in self._here if entry.state != "fetch"]
        rest = [entry for entry in self._here if entry.state == "fetch"]
        return list({entry.name: entry for entry in (*here, *found, *rest)}.values())

    def _picks(self) -> list[Pick]:
        entries = self._entries()
        first = [entry for entry in entries if entry.state != "fetch"]
        rest = [entry for entry in entries if entry.state == "fetch"]
        asked = lines(tuple(self._elsewhere.values()))
        return [*as_picks(first), *asked, *as_picks(rest)]

"""The address of another server, asked for."""

from collections.abc import Collection, Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from yi_local.engine.elsewhere.address import parse_address
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog
from yi_local.tui.trouble import in_words


class ServerDialog(Dialog[str]):
    """Returns an address that is not among `known`; nobody is asked whether it answers."""

    def __init__(self, known: Collection[str]) -> None:
        super().__init__(tr("Add a server"))
        self._known = known

    def body(self) -> Iterable[Widget]:
        yield Input(compact=True, placeholder="http://localhost:11434")
        yield Static(classes="problem")

    def confirm(self) -> None:
        try:
            url = parse_address(self.query_one(Input).value).base
        except UsageError as error:
            self._object(in_words(error))
            return
        if url in self._known:
            self._object(tr("{path} is among them already.", path=url))
        else:
            self.dismiss(url)

    def _object(self, problem: str) -> None:
        self.query_one(".problem", Static).update(Content(clean(problem)))

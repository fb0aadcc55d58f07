"""A question so grave that a word must be typed."""

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from yi_local.language import tr
from yi_local.text import clean
from yi_local.tui.dialogs.dialog import Dialog


class TypedDialog(Dialog[bool]):
    """True only where the word was typed as it stands there."""

    def __init__(self, title: str, text: str, word: str) -> None:
        super().__init__(title)
        self._text, self._word = text, word

    def body(self) -> Iterable[Widget]:
        yield Static(Content(clean(self._text)))
        yield Static(Content(tr('Type "{word}" to go on:', word=self._word)), classes="remark")
        yield Input(compact=True)
        yield Static(classes="problem")

    def confirm(self) -> None:
        if self.query_one(Input).value.strip().casefold() == self._word.casefold():
            self.dismiss(True)
        else:
            text = tr('That is not "{word}".', word=self._word)
            self.query_one(".problem", Static).update(Content(text))

    def nothing(self) -> bool:
        return False

"""The rows at both ends of the transcript: how many messages follow that are not shown now."""

from textual import on
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from yi_local.language import trn


class Edge(Static):
    """They come by themselves when it is reached; a click brings them at once."""

    DEFAULT_CSS = """
    Edge {
        height: 1;
        margin: 0 0 1 0;
        text-align: center;
        color: $foreground-muted;
    }
    """

    class Reached(Message):
        pass

    def __init__(self, *, later: bool) -> None:
        super().__init__(markup=False)
        self._later = later
        self.display = False

    def count(self, messages: int) -> None:
        self.display = messages > 0
        if self._later:
            text = trn("{n} later message", "{n} later messages", messages)
        else:
            text = trn("{n} earlier message", "{n} earlier messages", messages)
        self.update(Content(text))

    @on(Click)
    def _reach(self) -> None:
        self.post_message(Edge.Reached())

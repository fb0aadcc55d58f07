"""A button in one line, in brackets: to be seen as one without colours too."""

from textual.content import Content
from textual.widgets import Button


class PlainButton(Button):
    DEFAULT_CSS = """
    PlainButton { min-width: 0; margin: 1 2 1 0; }
    """

    def __init__(self, text: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(Content(f"[ {text} ]"), id=id, classes=classes, compact=True)

"""A code block: its language, its number, and its text in pieces, of which only the last grows."""

import asyncio
from collections.abc import Sequence

from markdown_it.token import Token
from textual import work
from textual.app import App, ComposeResult
from textual.content import Content
from textual.highlight import (
    ANSIDarkHighlightTheme,
    ANSILightHighlightTheme,
    HighlightTheme,
    highlight,
)
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownFence

from yi_local.text import clean
from yi_local.tui.chat.markdown_text import language_of

_PIECE_LINES = 24  # few enough to be coloured and wrapped again ten times a second
_COLOURED_AT_ONCE = 2  # pieces, in one step of the event loop


class Fence(MarkdownFence):
    """Long lines are wrapped: nothing can be read only with a mouse.

    While it grows only its last piece is coloured again, so that a line costs the same at the
    end of a long block as at its beginning. `settle` colours it as a whole, in a thread, for what
    reaches over several pieces, as a long comment does.
    """

    DEFAULT_CSS = """
    Fence {
        overflow: hidden hidden;
        margin: 0 0 1 0;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        .fence-title { color: $foreground-muted; height: 1; }
    }
    Fence:ansi { background: transparent; padding: 0 2; margin: 0 0 1 0; }
    """

    def __init__(self, markdown: Markdown, token: Token, code: str) -> None:
        super().__init__(markdown, token, code)
        self._title = Static(clean(language_of(self.lexer)), markup=False, classes="fence-title")
        self._number = 0  # 0: it has none
        self._texts: list[str] = []
        self._pieces: list[Static] = []
        self._plain: set[int] = set()  # the pieces that came too many at once to be coloured

    @classmethod
    def highlight(cls, code: str, language: str, ansi: bool = False, dark: bool = False) -> Content:
        """Nothing yet: the base class asks for it each time the model writes a word."""
        return Content(code)

    def compose(self) -> ComposeResult:
        yield self._title
        yield from self._grown()

    def set_content(self, content: Content) -> None:
        """`code` has changed, at its end only."""
        self._content = content
        self._show_title()
        if self.is_mounted and (grown := self._grown()):
            self.mount_all(grown)

    def notify_style_update(self) -> None:
        """Other colours, by another theme."""
        super().notify_style_update()
        if self._pieces:
            self.settle()

    def settle(self) -> None:
        """It will not grow any more."""
        if len(self._pieces) > 1:
            self._colour_whole()

    def number(self, number: int) -> None:
        """The key that copies it, where there are several."""
        self._number = number
        self._show_title()

    def _show_title(self) -> None:
        language = Content(clean(language_of(self.lexer)))
        key = Content.styled(f"[{self._number}]", "$accent") if self._number else Content()
        self._title.update(Content(" ").join(part for part in (key, language) if part))

    def _grown(self) -> list[Static]:
        """Brings the pieces up to date; returns those that are new."""
        lines = self.code.split("\n")
        texts = [
            "\n".join(lines[at : at + _PIECE_LINES]) for at in range(0, len(lines), _PIECE_LINES)
        ]
        known = len(self._pieces)
        for number, (piece, text) in enumerate(zip(self._pieces, texts, strict=False)):
            if text != self._texts[number]:
                piece.update(self._coloured(text))
        self._colour_some_plain()
        new = [self._piece(number, texts) for number in range(known, len(texts))]
        self._texts, self._pieces = texts, [*self._pieces, *new]
        return new

    def _piece(self, number: int, texts: Sequence[str]) -> Static:
        is_soon = number - len(self._pieces) < _COLOURED_AT_ONCE
        if not is_soon:
            self._plain.add(number)
        text = texts[number]
        return Static(self._coloured(text) if is_soon else Content(text), markup=False)

    def _colour_some_plain(self) -> None:
        for number in sorted(self._plain)[:_COLOURED_AT_ONCE]:
            self._plain.discard(number)
            self._pieces[number].update(self._coloured(self._texts[number]), layout=False)

    @work(exclusive=True, exit_on_error=False, group="colour")
    async def _colour_whole(self) -> None:
        parts = await asyncio.to_thread(self._parts)
        self._plain.clear()
        for piece, part in zip(self._pieces, parts, strict=False):
            piece.update(part, layout=False)  # the same text in other colours
            await asyncio.sleep(0)

    def _parts(self) -> list[Content]:
        lines = self._coloured(self.code).split("\n", allow_blank=True)
        return [
            Content("\n").join(lines[at : at + _PIECE_LINES])
            for at in range(0, len(lines), _PIECE_LINES)
        ]

    def _coloured(self, code: str) -> Content:
        language = language_of(self.lexer) or None
        return highlight(code, language=language, theme=_theme(self.app))


def _theme(app: App[object]) -> type[HighlightTheme]:
    if not app.native_ansi_color:
        return HighlightTheme
    return ANSIDarkHighlightTheme if app.current_theme.dark else ANSILightHighlightTheme

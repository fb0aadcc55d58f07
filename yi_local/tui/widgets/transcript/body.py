"""An answer's text as Markdown, whole or growing."""

import asyncio

from textual.widgets import Markdown
from textual.widgets.markdown import MarkdownBlock

from yi_local.tui.chat.markdown_text import has_references, parser, pieces
from yi_local.tui.widgets.transcript.fence import Fence

_PIECE_LINES = 30  # shown in one go; a longer answer gives others the event loop in between


class Body(Markdown):
    """Opens no link by itself: whoever shows it decides what a click does."""

    DEFAULT_CSS = """
    Body {
        padding: 0;
        MarkdownH1, MarkdownH2, MarkdownH3 {
            content-align: left middle;
            text-style: bold;
            color: $primary;
            background: transparent;
            margin: 0 0 1 0;
        }
        MarkdownTable { margin: 0 0 1 0; }
        MarkdownBlockQuote { background: transparent; margin: 0 0 1 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__(parser_factory=parser, open_links=False)

    def get_block_class(self, block_name: str) -> type[MarkdownBlock]:
        return (
            Fence if block_name in ("fence", "code_block") else super().get_block_class(block_name)
        )

    async def fill(self, text: str, *, growing: bool = False) -> None:
        """Shows it in the place of what is there; long ones appear from the top.

        Only what was appended can be appended to: after `update`, Textual would take the next
        block for another state of the last one.
        """
        if has_references(text) and not growing:
            await self.update(text)
        else:
            if self.source:
                await self.update("")
            for piece in await asyncio.to_thread(pieces, text, _PIECE_LINES):
                await self.append(piece)
                await asyncio.sleep(0)
        self.settle()

    def settle(self) -> None:
        """It will not grow any more: code blocks get their last colours and their numbers."""
        fences = list(self.query(Fence))
        for number, fence in enumerate(fences, start=1):
            fence.settle()
            if len(fences) > 1:
                fence.number(number)

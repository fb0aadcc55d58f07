"""A person's message: its text as it was typed, and what is attached to it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import RenderResult
from textual.content import Content

from yi_local.language import tr, trn
from yi_local.store.records import Attachment
from yi_local.text import clean
from yi_local.tui.widgets.transcript.entry import Entry
from yi_local.tui.widgets.transcript.title import speaker
from yi_local.tui.widgets.transcript.turn import Turn


class Question(Turn):
    """One widget, whatever its length: it is never parsed, neither as Markdown nor as markup."""

    DEFAULT_CSS = """
    Question { background: $panel 60%; margin: 0 0 1 0; }
    Question:ansi { background: transparent; }
    """
    NEVER: ClassVar[frozenset[str]] = frozenset({"copy_code", "go_on"})

    def render(self) -> RenderResult:
        node = self.entry.node
        lines = [
            speaker(tr("You"), "bold $primary", self.entry),
            Content(clean(node.message.content)),
        ]
        if node.attachments:
            lines.append(chips(node.attachments))
        return Content("\n").join(lines)

    def show(self, entry: Entry) -> None:
        super().show(entry)
        self.refresh(layout=True)


def chips(attachments: Sequence[Attachment], costs: Sequence[str] = ()) -> Content:
    """The attached files, each with what it costs: by default its lines."""
    parts = [
        Content.styled(f"[{clean(file.name)} · {cost}]", "$secondary")
        for file, cost in zip(attachments, costs or map(_length, attachments), strict=True)
    ]
    return Content(" ").join(parts)


def _length(attachment: Attachment) -> str:
    return trn("{n} line", "{n} lines", attachment.text.count("\n") + 1)

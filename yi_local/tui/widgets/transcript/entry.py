"""What the transcript shows: messages with their place, read as they are needed."""

from dataclasses import dataclass
from typing import Protocol

from yi_local.store.records import Node
from yi_local.tui.chat.feed import Feed


@dataclass(frozen=True, slots=True)
class Entry:
    node: Node
    siblings: tuple[int, ...]  # versions of the message, the oldest first, itself among them
    unseen: str = ""  # of an answer: which messages the model did not see, in words
    feed: Feed | None = None  # of an answer that is running

    @property
    def text(self) -> str:
        """As far as it is known, as it came."""
        return self.feed.text if self.feed is not None else self.node.message.content

    @property
    def version(self) -> str:
        """ "2/3", or nothing where there is but one."""
        if len(self.siblings) < 2:
            return ""
        return f"{self.siblings.index(self.node.id) + 1}/{len(self.siblings)}"


class Source(Protocol):
    """The current path of a conversation, of any length."""

    @property
    def ids(self) -> tuple[int, ...]:
        """Of all its messages, the oldest first."""

    async def entries(self, first: int, last: int) -> list[Entry]:
        """Those of ids[first:last]."""

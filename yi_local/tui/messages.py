"""What screens tell the app: the messages that cross from one screen to another."""

from dataclasses import dataclass

from textual.message import Message

from yi_local.assistant.downloads.item import Item
from yi_local.planner.plan import Wish


@dataclass
class UseModel(Message):
    """A model that is here shall be talked with; `name` as `assistant` understands it.

    `wish`: how it shall be loaded, where that was chosen: for Models.open(name, wish).
    """

    name: str
    wish: Wish | None = None


@dataclass
class OpenConversation(Message):
    """In the chat, scrolled to a message of it where one is named."""

    conversation_id: int
    node_id: int | None = None


@dataclass
class ShowModel(Message):
    """A model of the catalogue or a repository, in the Models screen."""

    name: str


@dataclass
class SettingsChanged(Message):
    """They are written already; whoever shows something of them shows it anew."""


@dataclass
class ConversationsGo(Message):
    """They are being deleted: nothing more is said in them."""

    ids: tuple[int, ...]


@dataclass
class DownloadsChanged(Message):
    """The download queue as it is now; only the newest state is worth showing."""

    items: tuple[Item, ...]

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, DownloadsChanged)


@dataclass
class SpeakLanguage(Message):
    """At once, in the whole app; only while nothing has been done in it yet."""

    language: str

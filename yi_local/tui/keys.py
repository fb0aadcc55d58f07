"""The one table of actions: what can be done by a key, in every part of the app."""

from collections.abc import Iterator
from dataclasses import dataclass

from textual.binding import Binding

from yi_local.language import mark


@dataclass(frozen=True, slots=True)
class Action:
    """`id` is what settings name to change the keys; `place.name`, with the action_name method."""

    id: str
    keys: str  # as Textual spells them, alternatives after commas
    description: str  # marked: translated where it is shown
    shown: bool = True  # in the bar at the bottom; all are in the help
    priority: bool = False  # before the focused widget gets the key

    @property
    def place(self) -> str:
        return self.id.partition(".")[0]

    @property
    def method(self) -> str:
        return self.id.partition(".")[2].replace("-", "_")


ACTIONS: tuple[Action, ...] = (
    # everywhere
    Action("app.help", "f1", mark("Keys")),
    Action("app.chat", "f2", mark("Chat"), shown=False),
    Action("app.models", "f3", mark("Models"), shown=False),
    Action("app.machine", "f4", mark("Machine"), shown=False),
    Action("app.settings", "f5", mark("Settings"), shown=False),
    Action("app.commands", "ctrl+p", mark("Commands"), priority=True),
    Action("app.quit", "ctrl+q", mark("Quit"), priority=True),
    # the chat, wherever the focus is
    Action("chat.stop", "escape", mark("Stop, back")),
    Action("chat.new", "ctrl+n", mark("New chat"), priority=True),
    Action("chat.model", "ctrl+o", mark("Model"), priority=True),
    Action("chat.search", "ctrl+f", mark("Search"), priority=True),
    Action("chat.sidebar", "ctrl+b", mark("Conversations"), shown=False, priority=True),
    Action("chat.retry", "ctrl+r", mark("Retry"), priority=True),
    Action("chat.go-on", "ctrl+g", mark("Continue the answer"), shown=False, priority=True),
    Action("chat.copy-answer", "ctrl+l", mark("Copy the answer"), shown=False, priority=True),
    Action("chat.compare", "ctrl+t", mark("Side by side"), shown=False, priority=True),
    Action("chat.export", "ctrl+s", mark("Export"), shown=False, priority=True),
    Action("chat.attach", "f6", mark("Attach a file"), shown=False, priority=True),
    Action("chat.editor", "f7", mark("Write in $EDITOR"), shown=False, priority=True),
    Action("chat.system", "f8", mark("System prompt and sampling"), shown=False),
    Action("chat.rename", "f9", mark("Rename"), shown=False),
    Action("chat.delete", "f10", mark("Delete the conversation"), shown=False),
    # a message that has the focus
    Action("message.copy", "c", mark("Copy")),
    Action("message.copy-code", "b", mark("Copy code")),
    Action("message.edit", "e", mark("Edit")),
    Action("message.retry", "r", mark("Retry")),
    Action("message.go-on", "g", mark("Continue"), shown=False),
    Action("message.earlier-sibling", "left,h", mark("Earlier version"), shown=False),
    Action("message.later-sibling", "right,l", mark("Later version"), shown=False),
    Action("message.pin", "p", mark("Pin")),
    Action("message.open", "o", mark("Open in $EDITOR"), shown=False),
    Action("message.above", "up,k", mark("Message above"), shown=False),
    Action("message.first", "home", mark("First message"), shown=False),
    Action("message.last", "end", mark("Last message"), shown=False),
    Action("message.below", "down,j", mark("Message below"), shown=False),
    # the list of conversations
    Action("list.rename", "r", mark("Rename")),
    Action("list.delete", "delete,d", mark("Delete")),
    # two answers side by side
    Action("compare.stop", "escape", mark("Stop, close")),
    Action("compare.run", "ctrl+r", mark("Ask both"), priority=True),
    Action("compare.keep-first", "f6", mark("Keep A"), priority=True),
    Action("compare.keep-second", "f7", mark("Keep B"), priority=True),
    # models
    Action("models.download", "d", mark("Download")),
    Action("models.search", "ctrl+f,slash", mark("Search")),
    Action("models.pause", "p", mark("Pause or go on")),
    Action("models.cancel", "x", mark("Cancel the download")),
    Action("models.details", "i", mark("Details")),
    Action("models.verify", "v", mark("Verify")),
    Action("models.update", "u", mark("Look for updates")),
    Action("models.remove", "delete", mark("Remove")),
    Action("models.here", "1", mark("On this machine"), shown=False),
    Action("models.catalogue", "2", mark("Catalogue"), shown=False),
    Action("models.hub", "3", mark("Hub search"), shown=False),
    Action("models.use", "enter", mark("Chat with it"), shown=False),
    Action("models.back", "escape", mark("Back to the list"), shown=False),
    Action("models.reload", "ctrl+r", mark("Look again"), shown=False),
    # machine
    Action("machine.reload", "ctrl+r", mark("Look again")),
)


def of_place(place: str) -> Iterator[Action]:
    return (action for action in ACTIONS if action.place == place)


def bindings(place: str) -> list[Binding]:
    """For a class's BINDINGS; the descriptions are translated by whoever shows them."""
    return [
        Binding(
            action.keys,
            action.method,
            action.description,
            show=action.shown,
            priority=action.priority,
            id=action.id,
        )
        for action in of_place(place)
    ]

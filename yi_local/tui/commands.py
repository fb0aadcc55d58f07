"""What the palette offers: every action that is possible here, conversations, models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import Screen

from yi_local.language import tr
from yi_local.store.records import Hit
from yi_local.text import one_line
from yi_local.tui.dialogs.help import PLACES
from yi_local.tui.key_names import key_names
from yi_local.tui.keys import ACTIONS, Action
from yi_local.tui.messages import OpenConversation, ShowModel, UseModel
from yi_local.tui.own_keys import keys_of
from yi_local.tui.widgets.pick_list import Pick

CONVERSATION, MODEL = "conversation:", "model:"  # beginnings of ids

# These have nothing to do in a list of commands: they are meant for one place of the screen.
_LEFT_OUT = frozenset({"app.commands", "message.above", "message.below"})


@dataclass(frozen=True, slots=True)
class Command:
    """An action, and on what it is done."""

    action: Action
    node: DOMNode


def commands_of(app: App[Any], screen: Screen[Any]) -> tuple[Command, ...]:
    """The actions of what has the focus first, then of what is around it, at last the app's."""
    focused = screen.focused
    chain = list(focused.ancestors_with_self) if focused is not None else [screen, app]
    seen: set[str] = set()
    found = []
    for node in chain:
        for action in ACTIONS:
            if action.id not in seen and action.id not in _LEFT_OUT and _has(node, action):
                seen.add(action.id)
                if node.check_action(action.method, ()) is True:
                    found.append(Command(action, node))
    return tuple(found)


def _has(node: DOMNode, action: Action) -> bool:
    return any(
        isinstance(binding, Binding) and binding.id == action.id
        for kind in type(node).__mro__
        for binding in vars(kind).get("BINDINGS", ())
    )


def command_picks(commands: Sequence[Command], changed: Mapping[str, str]) -> list[Pick]:
    return [
        Pick(
            id=command.action.id,
            title=tr(command.action.description),
            note=key_names(keys_of(command.action, changed)),
            group=tr(PLACES[command.action.place]),
            also=command.action.description,  # in English too
        )
        for command in commands
    ]


def hit_picks(hits: Iterable[Hit]) -> Iterator[Pick]:
    """Ids are "conversation:<id>:<message>"."""
    for hit in hits:
        yield Pick(
            id=f"{CONVERSATION}{hit.conversation.id}:{hit.node_id}",
            title=one_line(hit.conversation.title) or tr("Untitled"),
            detail=one_line(f"{hit.before}{hit.found}{hit.after}"),
            group=tr("Conversations"),
        )


def message_of(pick_id: str) -> Message | None:
    """What is to be told the app for a conversation or a model; None for an action."""
    if pick_id.startswith(CONVERSATION):
        conversation_id, node_id = pick_id.removeprefix(CONVERSATION).split(":")
        return OpenConversation(int(conversation_id), int(node_id))
    if pick_id.startswith(MODEL):
        state, _, name = pick_id.removeprefix(MODEL).partition(":")
        return ShowModel(name) if state == "fetch" else UseModel(name)
    return None

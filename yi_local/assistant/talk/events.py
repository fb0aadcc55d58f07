"""What is told of an answer on its way, from the question to the kept text."""

from dataclasses import dataclass

from yi_local.assistant.loading.loader import NextPlan
from yi_local.errors import YiLocalError
from yi_local.store.records import Node
from yi_local.types import AnyEvent, LoadProgress


@dataclass(frozen=True, slots=True)
class Asked:
    """The question is stored."""

    node: Node


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Messages that did not fit the context: the model does not see them this time."""

    nodes: tuple[Node, ...]  # oldest first
    tokens: int  # what they would take, in part estimated


@dataclass(frozen=True, slots=True)
class Begun:
    """The answer has its place in the tree. Where one goes on: it, as it was so far."""

    node: Node


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer as it is stored. Always the last event, absent where nothing came to be kept."""

    node: Node


@dataclass(frozen=True, slots=True)
class Failed:
    """Of answers side by side: this one has ended so, the others go on."""

    error: YiLocalError


SessionEvent = LoadProgress | NextPlan | Asked | LeftOut | Begun | AnyEvent | Kept | Failed

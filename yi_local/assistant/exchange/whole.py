"""A conversation with all its branches, as it travels between programs."""

from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.store.records import Conversation, Node


@dataclass(frozen=True, slots=True)
class Whole:
    conversation: Conversation
    nodes: tuple[Node, ...]  # parents before children; of siblings the oldest first
    chosen: frozenset[int]  # ids of the chosen children, a chosen first message among them
    n_left_out: int = 0  # pictures and sounds, of which only their place is kept


@dataclass(frozen=True, slots=True)
class Broken:
    """A conversation of a file that cannot be understood."""

    title: str
    reason: str  # a sentence


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds."""

    wholes: tuple[Whole, ...]
    broken: tuple[Broken, ...] = ()
    n_empty: int = 0  # conversations in which nothing was said


def path_of(whole: Whole) -> tuple[Node, ...]:
    """The current path: at every message the chosen child, else the last one."""
    below: dict[int | None, Node] = {}
    for node in whole.nodes:
        known = below.get(node.parent_id)
        if known is None or node.id in whole.chosen or known.id not in whole.chosen:
            below[node.parent_id] = node
    path: list[Node] = []
    last: int | None = None
    while (next_one := below.get(last)) is not None:
        path.append(next_one)
        last = next_one.id
    return tuple(path)


def children_of(nodes: Sequence[Node]) -> dict[int | None, list[Node]]:
    children: dict[int | None, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent_id, []).append(node)
    return children

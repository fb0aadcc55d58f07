"""Conversations out of ChatGPT's export, with their branches and the chosen path.

A conversation there is a mapping of nodes that name their parent and children; many of them are no
message that anybody saw: the hidden ones, the system's, the tools' and the empty ones. They go, and
what hung below them hangs below the next one above that stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yi_local.assistant.exchange.chatgpt_message import Said, said_in
from yi_local.assistant.exchange.whole import Broken, Read, Whole
from yi_local.language import tr
from yi_local.store.records import Conversation, Node
from yi_local.types import Message

_AT_ONCE = "\n\n"  # between pieces of one answer: its code, what came of it


def is_chatgpt(value: Sequence[Any]) -> bool:
    """One conversation that is broken does not hide the others."""
    return not value or any(isinstance(item, dict) and "mapping" in item for item in value)


def from_export(value: Sequence[Any]) -> Read:
    wholes, broken, n_empty = [], [], 0
    for item in value:
        try:
            whole = _whole(item)
        except (KeyError, TypeError, ValueError, AttributeError):
            title = item.get("title") if isinstance(item, dict) else None
            reason = tr("it is not built as a conversation of ChatGPT")
            broken.append(Broken(title if isinstance(title, str) else "", reason))
            continue
        if whole.nodes:
            wholes.append(whole)
        else:
            n_empty += 1
    return Read(tuple(wholes), tuple(broken), n_empty)


def _whole(item: Mapping[str, Any]) -> Whole:
    mapping: Mapping[str, Mapping[str, Any]] = item["mapping"]
    created = _seconds(item.get("create_time"))
    pieces: list[_Piece] = []
    home: dict[str, _Piece | None] = {}  # node -> the kept one that it is, or hangs below
    for key, parent in _from_the_top(mapping):
        above = home[parent] if parent is not None else None
        said = said_in(mapping[key].get("message"))
        if said is None:
            home[key] = above
            continue
        piece = _Piece(len(pieces) + 1, above, said)
        pieces.append(piece)
        home[key] = piece
    n_left_out = sum(piece.said.n_left_out for piece in pieces)
    kept = _joined(pieces)
    times = [piece.said.created_s for piece in kept if piece.said.created_s]
    begun = created or min(times, default=0.0)
    nodes = tuple(_nodes(kept, begun))
    title = item.get("title")
    conversation = Conversation(
        id=0,
        title=title.strip() if isinstance(title, str) else "",
        titled=isinstance(title, str) and bool(title.strip()),
        system=None,
        model=None,  # theirs is none of ours; each answer keeps who spoke
        preset=None,
        created_s=begun,
        updated_s=max((node.created_s for node in nodes), default=begun),
        n_messages=len(nodes),
    )
    chosen = _chosen(home.get(item.get("current_node") or ""))
    return Whole(conversation, nodes, chosen, n_left_out)


class _Piece:
    """A message that stays. Several pieces of one answer become the first of them."""

    __slots__ = ("above", "into", "number", "said")

    def __init__(self, number: int, above: "_Piece | None", said: Said) -> None:
        self.number = number
        self.above = above
        self.said = said
        self.into: _Piece = self

    @property
    def home(self) -> "_Piece":
        return self.into


def _from_the_top(mapping: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str | None]]:
    """(node, parent), parents first, siblings in their order; rings and strangers do no harm."""
    below: dict[str | None, list[str]] = {}
    for key, node in mapping.items():
        parent = node.get("parent")
        below.setdefault(parent if parent in mapping else None, []).append(key)
    for key, node in mapping.items():  # the list of children knows their order
        order = {child: at for at, child in enumerate(node.get("children") or ())}
        if key in below:
            below[key].sort(key=lambda child: order.get(child, len(order)))
    waiting: list[tuple[str, str | None]] = [(key, None) for key in reversed(below.get(None, []))]
    while waiting:
        key, parent = waiting.pop()
        yield key, parent
        waiting += [(child, key) for child in reversed(below.get(key, []))]


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """An answer that follows an answer, and nothing else does, is the rest of it."""
    n_below: dict[int, int] = {}
    for piece in pieces:
        if piece.above is not None:
            n_below[piece.above.number] = n_below.get(piece.above.number, 0) + 1
    kept = []
    for piece in pieces:  # parents first: what is above has its home already
        above = piece.above
        if (
            above is not None
            and n_below[above.number] == 1
            and piece.said.role == above.said.role == "assistant"
        ):
            piece.into = above.home
            above.home.said = above.home.said.followed_by(piece.said, _AT_ONCE)
        else:
            kept.append(piece)
    return kept


def _nodes(kept: Sequence[_Piece], begun: float) -> Iterator[Node]:
    times: dict[int, float] = {}
    for piece in kept:
        above = piece.above.home.number if piece.above is not None else None
        time_s = piece.said.created_s or (times[above] if above is not None else begun)
        times[piece.number] = time_s
        yield Node(
            id=piece.number,
            conversation_id=0,
            parent_id=above,
            message=Message(piece.said.role, piece.said.text),
            created_s=time_s,
            finish_reason=piece.said.finish_reason,
            model=piece.said.model,
        )


def _chosen(last: _Piece | None) -> frozenset[int]:
    chosen = set()
    while last is not None:
        chosen.add(last.home.number)
        last = last.above
    return frozenset(chosen)


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0

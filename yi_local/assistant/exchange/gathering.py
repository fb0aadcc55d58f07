"""Whole conversations out of the store, to be exported."""

from collections.abc import Sequence

from yi_local.assistant.exchange.whole import Whole
from yi_local.store.conversations import Store

_ALL = 1 << 60


def gather(store: Store, conversation_ids: Sequence[int] | None = None) -> tuple[Whole, ...]:
    """In that order; None: all, the oldest first. Raises UsageError for one that is not there."""
    if conversation_ids is None:
        newest_first = store.conversations(limit=_ALL)
        conversation_ids = [each.id for each in reversed(newest_first)]
    return tuple(
        Whole(
            store.conversation(conversation_id),
            store.tree(conversation_id),
            store.chosen_ids(conversation_id),
        )
        for conversation_id in dict.fromkeys(conversation_ids)
    )

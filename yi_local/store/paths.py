"""Reading a conversation: the current path, siblings, and another choice between them."""

from collections.abc import Mapping, Sequence

from yi_local.store import tree
from yi_local.store.part import StorePart
from yi_local.store.records import Node


class Paths(StorePart):
    def node(self, node_id: int) -> Node:
        """Raises UsageError where there is none."""
        with self._database.reading() as connection:
            return tree.node_at(connection, node_id)

    def path(
        self, conversation_id: int, *, last: int | None = None, before: int | None = None
    ) -> tuple[Node, ...]:
        """The current path, oldest first: what stands above `before`, and of it the `last` ones.

        As many rows are read as are returned, however long the conversation is.
        """
        with self._database.reading() as connection:
            start = tree.leaf_of(connection, conversation_id)
            if before is not None:
                start = tree.place_of(connection, before)[1]
            if last is not None and last <= 0:
                return ()
            return tree.upwards(connection, start, last)

    def path_ids(self, conversation_id: int) -> tuple[int, ...]:
        with self._database.reading() as connection:
            leaf_id = tree.leaf_of(connection, conversation_id)
            return tuple(reversed(tree.ids_upwards(connection, leaf_id)))

    def path_to(self, node_id: int) -> tuple[Node, ...]:
        """From the first message to this one, whatever is chosen."""
        with self._database.reading() as connection:
            tree.place_of(connection, node_id)
            return tree.upwards(connection, node_id)

    def siblings(self, node_id: int) -> tuple[int, ...]:
        """Oldest first, itself among them."""
        with self._database.reading() as connection:
            return tree.siblings(connection, *tree.place_of(connection, node_id))

    def siblings_of(self, node_ids: Sequence[int]) -> Mapping[int, tuple[int, ...]]:
        """`siblings` of many at once; one that is not there is left out."""
        with self._database.reading() as connection:
            places: list[tuple[int, int, int | None]] = []
            for some in tree.portions(node_ids):
                places += connection.execute(
                    "SELECT id, conversation_id, parent_id FROM messages"
                    f" WHERE id IN ({tree.marks(some)})",
                    some,
                ).fetchall()
            below = tree.children_of(
                connection, [parent for _, _, parent in places if parent is not None]
            )
            return {
                node_id: tree.siblings(connection, conversation_id, None)
                if parent_id is None
                else below[parent_id]
                for node_id, conversation_id, parent_id in places
            }

    def choose(self, node_id: int) -> None:
        """The current path goes through this message, and on where it went on from there before."""
        with self._database.writing() as connection:
            conversation_id, _ = tree.place_of(connection, node_id)
            tree.choose(connection, conversation_id, node_id)

"""An answer's text on its way into the store, as far as it got."""

import time
from collections.abc import Callable
from contextlib import suppress

from yi_local.errors import YiLocalError
from yi_local.store.conversations import Store
from yi_local.store.records import Node, Receipt
from yi_local.types import FinishReason

WRITE_S = 0.5  # so much of an answer may be lost when the program is killed


class Pen:
    """Writes to one node. A store that refuses stops nobody before the end."""

    def __init__(
        self, store: Store, node: Node, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._node = node
        self._begun = node.message.content  # of an answer that goes on
        self._parts = [self._begun]
        self._clock = clock
        self._written_s = clock()
        self.n_pieces = 0  # about as many as tokens

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str) -> None:
        self._parts.append(text)
        self.n_pieces += 1
        now = self._clock()
        if now - self._written_s < WRITE_S:
            return
        self._written_s = now
        with suppress(YiLocalError):  # a full disk: told at the end, the answer goes on till then
            self._store.write(self._node.id, self.text)

    def keep(self, reason: FinishReason, receipt: Receipt) -> Node | None:
        """The end; None for an answer of which nothing came, which is withdrawn.

        Tried twice. Raises YiLocalError where the store refuses.
        """
        try:
            return self._keep(reason, receipt)
        except YiLocalError:
            return self._keep(reason, receipt)

    def _keep(self, reason: FinishReason, receipt: Receipt) -> Node | None:
        if self.n_pieces or reason in ("stop", "length"):
            return self._store.finish(self._node.id, self.text, reason, receipt)
        if self._begun:
            return self._node
        self._store.discard(self._node.id)
        return None

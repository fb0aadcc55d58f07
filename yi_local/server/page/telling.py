"""An answer on its way, as the page is told of it."""

import time
from collections.abc import Callable, Iterator

from yi_local.assistant.talk.events import Asked, Begun, Kept, LeftOut, SessionEvent
from yi_local.errors import UsageError, YiLocalError
from yi_local.server.openai.paths_out import without_paths
from yi_local.server.page.markdown import Growing
from yi_local.server.page.wire import blocks_event, chat_json, message_json
from yi_local.store.conversations import Store
from yi_local.store.records import Node
from yi_local.types import (
    Done,
    Json,
    LoadProgress,
    PrefillProgress,
    Remark,
    TextDelta,
    Thinking,
    Usage,
)

_PACE_S = 0.06  # between two pictures of a growing text
_MOST_CHARS_PER_S = 500_000  # a long block is sent as a whole each time
_PATIENCE = 4  # times what a picture takes: the rest of the time is the answer's

Told = Json | Usage  # the usage is for the books


class Telling:
    """Of one answer; blocks, like the events that it reads."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._answer: Node | None = None
        self._text = Growing()
        self._due_s = 0.0

    def told(self, events: Iterator[SessionEvent]) -> Iterator[Told]:
        """An error comes after what is left of the answer."""
        kept = False
        try:
            for event in events:
                kept = kept or isinstance(event, Kept)
                yield from self._of(event)
        except YiLocalError:
            if self._answer is not None and not kept:
                yield self._left(self._answer)
            raise
        if self._answer is not None and not kept:
            yield gone()

    def message(self, node: Node) -> Json:
        siblings = self._store.siblings_of([node.id])
        return message_json(node, siblings.get(node.id, (node.id,)))

    # -- inside

    def _of(self, event: SessionEvent) -> Iterator[Told]:
        match event:
            case Asked(node):
                yield {"type": "asked", "message": self.message(node), "chat": self._chat(node)}
            case LoadProgress(fraction):
                yield {"type": "loading", "fraction": fraction}
            case PrefillProgress(done, total):
                yield {"type": "prefill", "done": done, "total": total}
            case Thinking():
                yield {"type": "thinking"}
            case Remark(text):
                yield {"type": "remark", "text": without_paths(text)}
            case LeftOut(nodes, tokens):
                yield {"type": "left_out", "ids": [node.id for node in nodes], "tokens": tokens}
            case Begun(node):
                yield self._begun(node)
            case TextDelta(text):
                self._text.add(text)
                if self._clock() >= self._due_s:
                    yield from self._picture()
            case Done(_, usage):
                if (change := self._text.whole()) is not None:
                    yield blocks_event(change)
                yield usage
            case Kept(node):
                yield self._kept(node)

    def _begun(self, node: Node) -> Json:
        self._answer, self._text = node, Growing(node.message.content)
        shown = self._text.changed()
        message = self.message(node)
        message["blocks"] = shown[1] if shown is not None else []
        return {"type": "begun", "message": message}

    def _picture(self) -> Iterator[Json]:
        begun = self._clock()
        if (change := self._text.changed()) is not None:
            yield blocks_event(change)
        took = self._clock() - begun
        self._due_s = begun + max(_PACE_S, _PATIENCE * took, self._text.n_open / _MOST_CHARS_PER_S)

    def _kept(self, node: Node) -> Json:
        return {"type": "kept", "message": self.message(node), "chat": self._chat(node)}

    def _chat(self, node: Node) -> Json:
        return chat_json(self._store.conversation(node.conversation_id))

    def _left(self, answer: Node) -> Json:
        try:
            return self._kept(self._store.node(answer.id))
        except UsageError:
            return gone()


def gone() -> Json:
    """Nothing came, and the answer was withdrawn."""
    return {"type": "gone"}

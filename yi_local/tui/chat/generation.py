"""The thread that takes an answer from its session: text to the feed, all else as messages."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.message import Message

from yi_local.assistant.talk.events import Begun
from yi_local.assistant.talk.session import SessionEvent
from yi_local.tui.chat.talk import Running, Talk
from yi_local.types import LoadProgress, PrefillProgress, TextDelta, Thinking


@dataclass
class Happened(Message):
    """One of a session's events, but for text and progress."""

    talk: Talk
    running: Running
    event: SessionEvent


@dataclass
class Progressed(Message):
    """Only the newest counts."""

    talk: Talk
    running: Running
    event: LoadProgress | PrefillProgress | Thinking

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Progressed) and message.running is self.running


@dataclass
class Arrived(Message):
    """There is new text in the feed, or it has ended."""

    running: Running


@dataclass
class Ended(Message):
    """The last of an answer's messages, however it ended."""

    talk: Talk
    running: Running


def generate(
    events: Iterator[SessionEvent], talk: Talk, running: Running, post: Callable[[Message], object]
) -> None:
    """Runs to the end in a thread; what the session raises goes on to the worker's node."""
    try:
        for event in events:
            match event:
                case TextDelta():
                    if running.began_s is None:
                        running.began_s = time.monotonic()
                    running.feed.push(event.text)
                case LoadProgress() | PrefillProgress() | Thinking():
                    post(Progressed(talk, running, event))
                case Begun():
                    running.feed.begin(event.node.message.content)
                    running.node_id = event.node.id
                    post(Happened(talk, running, event))
                case _:
                    post(Happened(talk, running, event))
    finally:
        running.feed.end()
        post(Ended(talk, running))

"""A conversation that is being talked in this program: its session, and the answer on its way."""

import threading
from dataclasses import dataclass, field

from yi_local.assistant.talk.session import Session
from yi_local.store.records import Attachment
from yi_local.tui.chat.feed import Feed
from yi_local.tui.chat.words import Prefill


@dataclass(slots=True, eq=False)
class Running:
    """An answer on its way, from the moment it was asked for."""

    feed: Feed
    sent: str | None = None  # what stands in the prompt until it is stored
    node_id: int | None = None  # of the answer, once it has its place
    left_out: tuple[int, ...] = ()
    activity: str = ""  # what goes on before the first word, for the status line
    session: Session | None = None
    prefill: Prefill = field(default_factory=Prefill)
    stopping: bool = False
    began_s: float | None = None  # time.monotonic() of the first word
    kept: bool = False  # the whole answer is in the store

    def stop(self) -> None:
        """Soon; what came is kept."""
        self.stopping = True
        if self.session is not None:
            self.session.cancel()


@dataclass(slots=True, eq=False)
class Draft:
    """What stands in the prompt, kept while other conversations are shown."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    costs: tuple[str, ...] = ()  # what each of them takes, in words
    editing: int | None = None  # the question that it will stand beside
    before_editing: str = ""  # the text that comes back when the edit is given up


@dataclass(slots=True, eq=False)
class Talk:
    """`id` and `session` are None until something is said; of an old one, `session` is.

    Belongs to the event loop, but for these two, which a thread sets under the lock.
    """

    id: int | None = None
    session: Session | None = None
    running: Running | None = None
    draft: Draft = field(default_factory=Draft)
    unkept: dict[int, str] = field(default_factory=dict)  # what the store may have refused to keep
    lock: threading.Lock = field(default_factory=threading.Lock)

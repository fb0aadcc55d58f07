"""The thread that takes two answers from their session: text in portions, all else as messages."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from textual.message import Message

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.talk.comparison import Numbered, Variant
from yi_local.assistant.talk.session import Asked, Session, SessionEvent
from yi_local.assistant.talk.window import Policy
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment
from yi_local.types import TextDelta

_PORTION_S = 0.1


@dataclass(frozen=True, slots=True)
class Side:
    """What a person has chosen for one answer."""

    model: str
    sampling: dict[str, Any]


@dataclass
class Opened(Message):
    """A model was found, and is about to be loaded."""

    number: int
    title: str


@dataclass
class Came(Message):
    """One of an answer's events, but for text."""

    number: int
    event: SessionEvent


@dataclass
class Grew(Message):
    number: int
    text: str
    n_tokens: int  # of the answer, so far
    seconds: float  # since its first one


@dataclass
class Over(Message):
    """The last message, however it ended."""


class Comparison:
    """One question and its answers; what is asked again becomes more siblings of them."""

    def __init__(self, store: Store, models: Models, policy: Policy) -> None:
        self._store, self._models, self._policy = store, models, policy
        self._session: Session | None = None
        self._is_stopped = False
        self.conversation_id: int | None = None
        self.question_id: int | None = None
        self.attachments: tuple[Attachment, ...] = ()  # of the question
        self._question = ""

    def run(self, question: str, sides: Sequence[Side], post: Callable[[Message], object]) -> None:
        """Blocks until both have ended. What fails for one is told, what fails for both raised."""
        self._is_stopped = False
        try:
            variants = []
            for number, side in enumerate(sides):
                model = self._models.open(side.model)
                post(Opened(number, model.title))
                variants.append(Variant(model, side.sampling))
            if not self._is_stopped:
                _tell(self._events(question, variants), post, self._note)
        finally:
            post(Over())

    def stop(self) -> None:
        """From any thread; what came is kept."""
        self._is_stopped = True
        if self._session is not None:
            self._session.cancel()

    def keep(self, node_id: int) -> None:
        self._store.choose(node_id)

    def _events(self, question: str, variants: Sequence[Variant]) -> Iterator[Numbered]:
        if self.conversation_id is None:
            self.conversation_id = self._store.create(model=variants[0].model.name).id
        conversation = self._store.conversation(self.conversation_id)
        session = Session(self._store, conversation, variants[0].model, self._policy)
        self._session = session
        if self.question_id is not None and question == self._question:
            return session.compare_again(self.question_id, variants)
        self._question = question
        return session.compare(question, variants, self.attachments)

    def _note(self, question_id: int) -> None:
        self.question_id = question_id


@dataclass
class _Portion:
    texts: list[str] = field(default_factory=list)
    n_tokens: int = 0
    began_s: float = 0.0
    told_s: float = 0.0


def _tell(
    events: Iterator[Numbered],
    post: Callable[[Message], object],
    asked: Callable[[int], object],
) -> None:
    portions: dict[int, _Portion] = {}

    def flush(number: int, portion: _Portion) -> None:
        now = time.monotonic()
        if portion.texts:
            text = "".join(portion.texts)
            post(Grew(number, text, portion.n_tokens, now - portion.began_s))
        portion.texts, portion.told_s = [], now

    for number, event in events:
        match event:
            case TextDelta():
                portion = portions.setdefault(number, _Portion(began_s=time.monotonic()))
                portion.texts.append(event.text)
                portion.n_tokens += 1
                for each, other in portions.items():
                    if time.monotonic() - other.told_s >= _PORTION_S:
                        flush(each, other)
            case NextPlan():
                pass
            case _:
                if number in portions:
                    flush(number, portions[number])
                if isinstance(event, Asked):
                    asked(event.node.id)
                else:
                    post(Came(number, event))

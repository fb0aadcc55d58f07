"""A conversation that is being talked: each step is in the store before it is shown."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.answering import Answer, Demand
from yi_local.assistant.talk.comparison import Numbered, Variant, side_by_side
from yi_local.assistant.talk.counting import Counter
from yi_local.assistant.talk.events import (
    Asked,
    Begun,
    Failed,
    Kept,
    LeftOut,
    SessionEvent,
)
from yi_local.assistant.talk.manner import sampling_of, system_of
from yi_local.assistant.talk.metering import meter_of
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.assistant.talk.title import title_of
from yi_local.assistant.talk.window import Meter, Policy
from yi_local.errors import UsageError, YiLocalError
from yi_local.language import tr
from yi_local.settings import Preset
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment, Conversation, Node
from yi_local.types import LoadProgress, SamplingOptions

__all__ = [
    "Asked",
    "Begun",
    "Failed",
    "Kept",
    "LeftOut",
    "Session",
    "SessionEvent",
    "Variant",
]

_MAY_GO_ON = ("length", "cancelled", "error", None)  # None: the program ended in the middle


class Session:
    """A stored conversation: one at a time of `send`, `regenerate`, `edit`, `go_on`, `compare`.

    Each gives an iterator, for a thread. Everything that is shown has been stored before: Asked
    comes after the question is in the store; an answer is written at least every 0.5 s; however it
    ends (stop, length, cancelled, error, an exception, an iterator that is left) what came is kept.
    An answer of which nothing came is withdrawn, and the question stays.
    """

    def __init__(
        self,
        store: Store,
        conversation: Conversation,
        model: TalkModel,
        policy: Policy = "drop-oldest",
    ) -> None:
        self._store = store
        self._id = conversation.id
        self.model = model
        self.policy: Policy = policy
        self._counters: dict[int, Counter] = {}
        self._stop = StopSign()
        self._answer: Answer | None = None  # the one that runs, or ran last

    @property
    def conversation(self) -> Conversation:
        return self._store.conversation(self._id)

    @property
    def sampling(self) -> SamplingOptions:
        """The conversation's choice, the makers' advice for the rest, else our defaults."""
        return sampling_of(self.model, self.conversation.sampling)

    @property
    def system(self) -> str | None:
        """The system prompt that is in force: the conversation's, else the model's own."""
        return system_of(self.model, self.conversation)

    def path(self, *, last: int | None = None, before: int | None = None) -> tuple[Node, ...]:
        """The messages of the current path, oldest first."""
        return self._store.path(self._id, last=last, before=before)

    # -- talking

    def load(self) -> Iterator[LoadProgress | NextPlan]:
        """Nothing to do where the model is there already. Cancelled by `cancel`."""
        self._stop = StopSign()
        return self.model.load(self._stop.is_up)

    def send(self, text: str, attachments: Sequence[Attachment] = ()) -> Iterator[SessionEvent]:
        """Asks, below the last message. Raises UsageError where there is nothing to ask."""
        _demand_words(text, attachments)
        self._stop = StopSign()
        return self._ask(self._tip(), text, attachments)

    def regenerate(self, answer_id: int | None = None) -> Iterator[SessionEvent]:
        """A sibling of that answer (None: the last one), or an answer for a question without.

        Raises UsageError where nothing has been asked yet.
        """
        node = self._node(answer_id, tr("There is nothing to retry yet."))
        self._stop = StopSign()
        question = node.id if node.message.role == "user" else node.parent_id
        if question is None:
            raise UsageError(tr("This answer has no question."))
        return self._answered(question)

    def edit(
        self, question_id: int, text: str, attachments: Sequence[Attachment] | None = None
    ) -> Iterator[SessionEvent]:
        """A sibling of the question, answered; None keeps its attachments."""
        question = self._store.node(question_id)
        kept = question.attachments if attachments is None else attachments
        _demand_words(text, kept)
        self._stop = StopSign()
        return self._ask(question.parent_id, text, kept)

    def go_on(self, answer_id: int | None = None) -> Iterator[SessionEvent]:
        """Continues an answer that was cut, in its place: its text grows.

        Raises UsageError for one that has come to its end.
        """
        node = self._node(answer_id, tr("There is no answer to continue yet."))
        if node.message.role != "assistant" or node.parent_id is None:
            raise UsageError(tr("Only an answer can be continued."), tr("Ask the question again."))
        if node.finish_reason not in _MAY_GO_ON:
            raise UsageError(
                tr("This answer has come to its end."), tr("Ask for it again, or ask for more.")
            )
        self._stop = StopSign()
        return self._answered(node.parent_id, place=node)

    def compare(
        self, text: str, variants: Sequence[Variant], attachments: Sequence[Attachment] = ()
    ) -> Iterator[Numbered]:
        """One question, an answer for each variant as siblings, side by side.

        Asked comes under number 0. One that fails is Failed, and the others go on. In the end the
        path goes through the first of those that were kept.
        """
        _demand_words(text, attachments)
        _demand_variants(variants)
        self._stop = StopSign()
        return self._compare_new(text, variants, attachments)

    def compare_again(self, question_id: int, variants: Sequence[Variant]) -> Iterator[Numbered]:
        """`compare` for a question that is there."""
        _demand_variants(variants)
        self._stop = StopSign()
        return self._compared(question_id, variants)

    def cancel(self) -> None:
        """Ends what runs soon, from any thread; what came of it is kept."""
        self._stop.raise_it()

    # -- changing

    def switch(self, node_id: int) -> None:
        """The path goes through this node now."""
        self._store.choose(node_id)

    def pin(self, node_id: int, pinned: bool) -> Node:
        return self._store.pin(node_id, pinned)

    def set_system(self, text: str | None) -> None:
        """From the next answer on. None: the model's own; "": none at all."""
        self._store.update(self._id, system=text)

    def set_sampling(self, chosen: Mapping[str, Any]) -> None:
        """Only the fields that are chosen. Raises UsageError for what cannot be used."""
        sampling_of(self.model, chosen)
        self._store.update(self._id, sampling=dict(chosen))

    def set_model(self, model: TalkModel) -> None:
        """From the next answer on."""
        self.model = model
        self._store.update(self._id, model=model.name)

    def set_preset(self, preset: Preset | None) -> None:
        """Copies its system prompt and sampling; None takes away what a preset has set."""
        name = preset.name if preset is not None else None
        system = preset.system if preset is not None else None
        sampling = preset.sampling if preset is not None else {}
        self._store.update(self._id, preset=name, system=system, sampling=dict(sampling))

    # -- measuring

    def meter(self) -> Meter | None:
        """What the context holds; may take 100 ms where texts are to be counted.

        None where nobody tells how much it can hold.
        """
        running = self._answer
        return meter_of(
            self.path(),
            self.system,
            self.model,
            self._counter(self.model),
            running.n_tokens if running is not None and running.is_running else 0,
        )

    def cost(self, text: str) -> tuple[int, bool]:
        """Tokens of a text, an attachment for one, and whether that is an estimate."""
        return self._counter(self.model).count(text)

    # -- inside

    def _tip(self) -> int | None:
        newest = self.path(last=1)
        return newest[-1].id if newest else None

    def _node(self, node_id: int | None, nothing: str) -> Node:
        chosen = node_id if node_id is not None else self._tip()
        if chosen is None:
            raise UsageError(nothing, tr("Ask something first."))
        return self._store.node(chosen)

    def _ask(
        self, parent_id: int | None, text: str, attachments: Sequence[Attachment]
    ) -> Iterator[SessionEvent]:
        question = self._stored(parent_id, text, attachments)
        yield Asked(question)
        yield from self._answered(question.id)

    def _stored(self, parent_id: int | None, text: str, attachments: Sequence[Attachment]) -> Node:
        """The question; a conversation's first one gives it a title."""
        question = self._store.ask(self._id, parent_id, text, tuple(attachments))
        fields_: dict[str, Any] = {"model": self.model.name}
        if parent_id is None and not self.conversation.titled:
            named = title_of(text) or (attachments[0].name if attachments else "")
            fields_["title"] = named
        with suppress(YiLocalError):  # the question is safe: that is what matters
            self._store.update(self._id, **fields_)
        return question

    def _answered(self, question_id: int, place: Node | None = None) -> Iterator[SessionEvent]:
        answer = self._new_answer(self.model, question_id, {}, place)
        self._answer = answer
        yield from answer.events()

    def _new_answer(
        self,
        model: TalkModel,
        question_id: int,
        chosen: Mapping[str, Any],
        place: Node | None,
    ) -> Answer:
        conversation = self.conversation
        demand = Demand(
            self._store.path_to(question_id),
            model,
            sampling_of(model, {**conversation.sampling, **chosen}),
            system_of(model, conversation),
            self.policy,
            place,
        )
        return Answer(self._store, demand, self._counter(model), self._stop)

    def _compare_new(
        self, text: str, variants: Sequence[Variant], attachments: Sequence[Attachment]
    ) -> Iterator[Numbered]:
        question = self._stored(self._tip(), text, attachments)
        yield 0, Asked(question)
        yield from self._compared(question.id, variants)

    def _compared(self, question_id: int, variants: Sequence[Variant]) -> Iterator[Numbered]:
        for variant in variants:  # before any place is taken: options may be refused
            sampling_of(variant.model, {**self.conversation.sampling, **variant.sampling})
        answers = []
        for variant in variants:
            place = self._store.begin_answer(self._id, question_id, variant.model.name)
            answer = self._new_answer(variant.model, question_id, variant.sampling, place)
            answers.append((variant.model, answer))
        kept: dict[int, Node] = {}
        try:
            for number, event in side_by_side(answers, self._stop):
                if isinstance(event, Kept):
                    kept[number] = event.node
                yield number, event
        finally:
            if kept:
                self._store.choose(kept[min(kept)].id)

    def _counter(self, model: TalkModel) -> Counter:
        return self._counters.setdefault(id(model), Counter(lambda: model.engine))


def _demand_words(text: str, attachments: Sequence[Attachment]) -> None:
    if not text.strip() and not attachments:
        raise UsageError(tr("There is nothing to ask."), tr("Write a question first."))


def _demand_variants(variants: Sequence[Variant]) -> None:
    if not variants:
        raise UsageError(tr("There is nothing to compare."), tr("Choose models or samplings."))
